# SPDX-License-Identifier: Apache-2.0
"""Boots guests, and reads what they write on their serial consoles."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from tempest import config
from tempest.lib import exceptions
from tempest.lib.common.utils import test_utils

from image_props_override.tempest_plugin.tests import base

CONF = config.CONF

_Found = TypeVar("_Found")


class ConsoleScenarioTest(base.BaseOverridesTest):
    """A test that reads guests' serial consoles."""

    @classmethod
    def skip_checks(cls) -> None:
        """Skip where the cloud shows no serial consoles."""
        super().skip_checks()
        if not CONF.compute_feature_enabled.console_output:
            raise cls.skipException("the cloud shows no serial consoles")

    @classmethod
    def console_of(cls, server_id: str) -> str:
        """Return all that a guest wrote on its serial console so far."""
        answer = cls.servers_client.get_console_output(server_id)
        return str(answer["output"])

    @classmethod
    def wait_for_console(
        cls, server_id: str, find: Callable[[str], _Found | None], what: str
    ) -> _Found:
        """Return what `find` finds on a guest's console, once it does.

        Args:
            server_id: The guest's.
            find: Gets all that the guest has written so far; None: not yet.
            what: Names what is waited for.

        Raises:
            TimeoutException: It is not there in `console_timeout`.
        """
        found: list[_Found] = []

        def is_there() -> bool:
            thing = find(cls.console_of(server_id))
            found.extend(() if thing is None else (thing,))
            return bool(found)

        seconds = CONF.image_props_override.console_timeout
        if not test_utils.call_until_true(
            is_there, seconds, CONF.compute.build_interval
        ):
            end = cls.console_of(server_id)[-2000:]
            raise exceptions.TimeoutException(
                f"server {server_id} did not print {what} on its serial "
                f"console in {seconds} s; the console's end:\n{end}"
            )
        return found[0]
