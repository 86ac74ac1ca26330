# SPDX-License-Identifier: Apache-2.0
"""Who may override: the policy's defaults, and the operator's rules."""

from typing import Any, ClassVar

from tempest.lib import decorators, exceptions

from image_props_override.tempest_plugin.clients import KEY
from image_props_override.tempest_plugin.tests import base, cloud

OVERRIDES = {"hw_boot_menu": "true"}
# Nova's policy of who boots at all, and how ours begins.
_NOVAS_POLICY = "os_compute_api:servers:create"


class PolicyTest(base.BaseOverridesTest):
    """A member of a project."""

    @decorators.idempotent_id("d2b7a9f0-4c1e-4f0a-9d8b-6a5c4b3a2101")
    def test_member_overrides(self) -> None:
        """A project's member, on their own servers."""
        self.needs(OVERRIDES)
        created = self.create_server(OVERRIDES, wait_until=None)
        self.assertEqual(OVERRIDES, self.record_of(created["id"]))

    @decorators.idempotent_id("d2b7a9f0-4c1e-4f0a-9d8b-6a5c4b3a2106")
    @decorators.attr(type=["negative"])
    def test_create_where_policy_denies_negative(self) -> None:
        """The answer names the policy: no rule of the operator's denies."""
        try:
            self.needs_policy()
        except self.skipException:
            message = self.refused(
                exceptions.Forbidden, self.create_server, OVERRIDES
            )
            self.assertIn(cloud.CREATE_POLICY, message)
            self.assertNotIn("[rule_denies]", message)
        else:
            raise self.skipException("the policy lets this user override")

    @decorators.idempotent_id("d2b7a9f0-4c1e-4f0a-9d8b-6a5c4b3a2105")
    @decorators.attr(type=["negative", "smoke"])
    def test_create_with_denied_property_negative(self) -> None:
        """The answer names the property and the rule that denies it."""
        self.needs_policy()
        denied = [
            each
            for each in self.catalogue.values()
            if each["legal_values"] and cloud.is_denied(each)
        ]
        if not denied:
            raise self.skipException("the operator denies no property")
        for each in denied:
            overrides = {each["name"]: each["legal_values"][0]}
            problems = self.problems_of(overrides)
            message = self.refused(
                exceptions.Forbidden, self.create_server, overrides
            )
            self.assertIn(f"{each['name']}: ", message)
            self.assertIn("[rule_denies]", message)
            self.assertIn(problems[0]["message"], message)


class PolicyAdminTest(base.BaseOverridesTest):
    """An admin."""

    credentials: ClassVar = ("primary", "admin")
    user: ClassVar = "admin"

    @decorators.idempotent_id("d2b7a9f0-4c1e-4f0a-9d8b-6a5c4b3a2102")
    def test_admin_overrides(self) -> None:
        """An admin too."""
        self.needs(OVERRIDES)
        created = self.create_server(OVERRIDES, wait_until=None)
        self.assertEqual(OVERRIDES, self.record_of(created["id"]))


class PolicyReaderTest(base.BaseOverridesTest):
    """A reader of the project."""

    credentials: ClassVar = ("primary", "project_reader")

    @decorators.idempotent_id("d2b7a9f0-4c1e-4f0a-9d8b-6a5c4b3a2103")
    def test_reader_sees_the_overrides(self) -> None:
        """Whoever may see a server may see what was overridden."""
        self.needs(OVERRIDES)
        server = self.create_server(OVERRIDES, wait_until=None)
        reader = self.servers_client_of(self.os_project_reader)
        shown = reader.show_server(server["id"])["server"]
        self.assertEqual(OVERRIDES, shown[KEY])

    @decorators.idempotent_id("d2b7a9f0-4c1e-4f0a-9d8b-6a5c4b3a2104")
    @decorators.attr(type=["negative"])
    def test_create_as_reader_negative(self) -> None:
        """Our policy refuses the overrides, Nova's own the server."""
        for overrides, policy in (
            (OVERRIDES, cloud.CREATE_POLICY),
            (None, _NOVAS_POLICY),
        ):
            message = self._refusal(overrides)
            self.assertIn(f"{policy} ", message)
            self.assertNotIn("[rule_denies]", message)

    def _refusal(self, overrides: Any) -> str:
        return self.refused(
            exceptions.Forbidden,
            self.create_server,
            overrides,
            wait_until=None,
            client=self.servers_client_of(self.os_project_reader),
        )
