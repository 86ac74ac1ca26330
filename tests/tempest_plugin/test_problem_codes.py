# SPDX-License-Identifier: Apache-2.0
"""Every refusal that a user can meet is met by an API test."""

import re
from pathlib import Path

from image_props_override import tempest_plugin
from image_props_override.core.problems import ProblemCode

API_TESTS = Path(tempest_plugin.__file__).parent / "tests" / "api"
# In quotes as a test passes it on, or in brackets as a message has it.
CODE = re.compile(r'["\[]([a-z_]+)["\]]')


def test_each_code_has_an_api_test() -> None:
    """In a module with tests that are called negative."""
    modules = [path.read_text() for path in API_TESTS.glob("test_*.py")]
    met = {
        code
        for module in modules
        if "_negative(" in module
        for code in CODE.findall(module)
    }
    assert {code.value for code in ProblemCode} - met == set()
