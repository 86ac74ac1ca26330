# SPDX-License-Identifier: Apache-2.0
"""A cloud that tells its users nothing of the feature."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from nova import policy

from image_props_override.nova_plugin.rules.policies import CATALOGUE
from tests.functional.nova_in_process import NovaInProcess


@contextmanager
def forbidden_catalogue(nova: NovaInProcess) -> Iterator[None]:
    """Let nobody list the catalogue, as an operator's policy file can."""
    nova.policy.set_rules({CATALOGUE: "!"}, overwrite=False)
    try:
        yield
    finally:
        policy.reset()
        policy.init()
