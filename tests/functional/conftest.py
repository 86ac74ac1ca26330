# SPDX-License-Identifier: Apache-2.0
"""A Nova in-process: its policies changed for one test, and its log."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator

import pytest
from nova import policy as nova_policy
from nova.conf import CONF

from image_props_override.nova_plugin.nova_privates import policy
from image_props_override.nova_plugin.request import audit
from image_props_override.nova_plugin.rules import policies
from tests.functional.nova_in_process import NovaInProcess


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


@pytest.fixture
def trail(
    nova: NovaInProcess, caplog: pytest.LogCaptureFixture
) -> pytest.LogCaptureFixture:
    """The log with the audit trail, from here on."""
    del nova
    caplog.set_level(logging.INFO, audit.LOGGER)
    caplog.clear()
    return caplog
