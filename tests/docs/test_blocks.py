# SPDX-License-Identifier: Apache-2.0
"""Which blocks of the start pages no test runs as they stand, and why.

tests/sandbox/test_start_pages.py runs those that are marked `sh`, and
tests/clients/test_user_pages.py has the same list for the user guide.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest

from tests import PROJECT

_BLOCK = re.compile(r"^```(.*?)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_RUN = ("mermaid", "sh", "sh fails")

_STARTS = "tests/sandbox/conftest.py starts clouds by the same functions"
NOT_RUN: Mapping[str, Mapping[str, str]] = {
    "docs/start/first-steps.md": {"make up": _STARTS},
    "docs/start/practise.md": {
        "make down": "test_start_pages.py does so with another option",
        "make up SANDBOX_EXTENSION=0": _STARTS,
        ". sandbox/openrc": "tests/nova_plugin/install runs `paste`",
    },
    "docs/start/sandbox.md": {
        "make up SANDBOX_VOLUMES=1": "test_guest_volumes.py, by itself",
        "make up SANDBOX_PINNED_CPUS=2-3": "test_guest_pinning.py",
        ". sandbox/openrc demo": "test_guest_server_install.py",
        "This is alpha, running from its own disk, installed at 1795830460": (
            "printed; test_guest_server_install.py reads such lines"
        ),
        "pinned": "printed; test_demo_nfv.py compares such lines",
    },
    "docs/user/horizon.md": {
        "pip install 'nova-image-props-override[horizon]'": "sandbox/install",
        "cp .../image_props_override/horizon_plugin/enabled/"
        "_1031_image_props_override.py \\": "sandbox/dashboard.py does so",
        "make dashboard VIRT=fake": "test_dashboard.py starts one",
    },
}


@pytest.mark.parametrize("page", NOT_RUN)
def test_all_others_are_run(page: str) -> None:
    """The list has each block that is not marked, and no other."""
    blocks = _BLOCK.findall((PROJECT / page).read_text())
    assert NOT_RUN[page].keys() == {
        text.partition("\n")[0]
        for language, text in blocks
        if language not in _RUN
    }
