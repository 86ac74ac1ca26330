# SPDX-License-Identifier: Apache-2.0
"""Nova in-process: one for each module of tests, emptied after each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from nova import policy as nova_policy
from nova.conf import CONF

from image_props_override.nova_plugin import policies
from image_props_override.nova_plugin.nova_privates import policy
from tests.functional.nova_in_process import NovaInProcess


@pytest.fixture(scope="module")
def started_nova(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[NovaInProcess]:
    """Nova with the plug-in: as a module's ``HARNESS`` says, or one host."""
    harness_class = getattr(request.module, "HARNESS", NovaInProcess)
    # Before the harness puts a folder of its own in the place of /tmp, and
    # takes it away again: pytest keeps all its folders below the first.
    tmp_path_factory.getbasetemp()
    # Nova's harness is a unittest case; used as an object, because it clears
    # its own attributes in a way that pytest cannot run.
    harness = harness_class("start")
    harness.setUp()
    try:
        yield harness
    finally:
        harness.tearDown()
        assert harness.doCleanups(), "Nova did not shut down cleanly"


@pytest.fixture
def nova(started_nova: NovaInProcess) -> Iterator[NovaInProcess]:
    """Nova with the plug-in, one host and no servers."""
    yield started_nova
    started_nova.delete_servers()


@pytest.fixture
def new_defaults() -> Iterator[None]:
    """Nova's policies without those of old releases beside them.

    That is Nova's default; its functional harness switches it off.
    """
    CONF.set_override("enforce_new_defaults", True, "oslo_policy")
    nova_policy.reset()
    yield
    CONF.clear_override("enforce_new_defaults", "oslo_policy")
    nova_policy.reset()
    nova_policy.init()


@pytest.fixture
def set_policies(
    nova: NovaInProcess,
) -> Iterator[Callable[[dict[str, str]], None]]:
    """Change rules as an operator's policy file does, for one test."""

    def change(rules: dict[str, str]) -> None:
        policy.register_policies(policies.list_rules())
        nova.policy.set_rules(rules, overwrite=False)

    yield change
    nova_policy.reset()
    nova_policy.init()
