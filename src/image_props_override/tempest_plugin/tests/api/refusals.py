# SPDX-License-Identifier: Apache-2.0
"""How a request to boot is refused: with a code, and without a server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tempest.lib import exceptions

from image_props_override.tempest_plugin.tests import base


class RefusalsTest(base.BaseOverridesTest):
    """Bad overrides are a 400 that names property, rule and code.

    The codes are those of docs/reference/problems.md.
    """

    def refusal_of(
        self, overrides: Any, image_id: str | None = None, **wish: Any
    ) -> str:
        """Return the 400 of a request to boot; no server is left behind."""
        self.needs_policy()
        name = self.new_name()
        message = self.refused(
            exceptions.BadRequest,
            self.create_server,
            overrides,
            wait_until=None,
            name=name,
            image_id=image_id or self.image_id,
            **wish,
        )
        self.assertEqual(
            [], self.servers_client.list_servers(name=name)["servers"]
        )
        return message

    def assert_malformed(self, overrides: Any, code: str) -> None:
        """Assert the refusal of what is wrong in itself, in any cloud."""
        message = self.refusal_of(overrides)
        self.assertIn(f"[{code}]", message)
        if isinstance(overrides, Mapping):
            for name in overrides:
                self.assertIn(name, message)

    def assert_boot_refused(
        self,
        overrides: Mapping[str, str | None],
        code: str,
        image_id: str | None = None,
    ) -> None:
        """Assert the refusal of what may be overridden, but not here."""
        self.needs_rules_for(overrides, image_id)
        message = self.refusal_of(overrides, image_id)
        self.assertIn(f"[{code}]", message)
