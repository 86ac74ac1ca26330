# SPDX-License-Identifier: Apache-2.0
"""What a request to boot may not ask for: each is refused, and says why."""

from collections.abc import Mapping
from typing import Any

from tempest import config
from tempest.lib import decorators, exceptions

from image_props_override.tempest_plugin.clients import KEY
from image_props_override.tempest_plugin.tests import base

CONF = config.CONF

# As many bytes as Nova's database keeps of a value.
_LONGEST_VALUE_BYTES = 255


class ServersOverridesNegativeTest(base.BaseOverridesTest):
    """Bad overrides are a 400 that names property, rule and code.

    The codes are those of docs/problems.md.
    """

    def _refusal_of(self, overrides: Any, image_id: str | None = None) -> str:
        """Return the 400 of a request to boot; no server is left behind."""
        name = self.new_name()
        message = self.refused(
            exceptions.BadRequest,
            self.create_server,
            overrides,
            wait_until=None,
            name=name,
            image_id=image_id or self.image_id,
        )
        self.assertEqual(
            [], self.servers_client.list_servers(name=name)["servers"]
        )
        return message

    def _assert_refused(self, overrides: Any, code: str) -> None:
        message = self._refusal_of(overrides)
        self.assertIn(f"[{code}]", message)
        if isinstance(overrides, Mapping):
            for name in overrides:
                self.assertIn(name, message)

    @decorators.idempotent_id("a0b5f3ce-53ac-4a2c-8e6e-5d0b3a2b9c01")
    @decorators.attr(type=["negative", "smoke"])
    def test_create_with_unknown_property_negative(self) -> None:
        """A name that Nova does not know."""
        self._assert_refused({"hw_bogus": "1"}, "name_unknown")

    @decorators.idempotent_id("a0b5f3ce-53ac-4a2c-8e6e-5d0b3a2b9c02")
    @decorators.attr(type=["negative"])
    def test_create_with_list_as_one_property_negative(self) -> None:
        """A list has members, which are overridden one by one."""
        self._assert_refused({"hw_numa_cpus": "0"}, "name_not_plain")

    @decorators.idempotent_id("a0b5f3ce-53ac-4a2c-8e6e-5d0b3a2b9c03")
    @decorators.attr(type=["negative"])
    def test_create_with_two_spellings_negative(self) -> None:
        """A legacy alias and its canonical name are one property."""
        self._assert_refused(
            {"architecture": "x86_64", "hw_architecture": "x86_64"},
            "name_given_twice",
        )

    @decorators.idempotent_id("a0b5f3ce-53ac-4a2c-8e6e-5d0b3a2b9c04")
    @decorators.attr(type=["negative"])
    def test_create_with_overrides_that_are_no_object_negative(self) -> None:
        """Neither a string nor a list will do."""
        for overrides in ("hw_vif_model=e1000", ["hw_vif_model"], 1):
            self._assert_refused(overrides, "request_not_an_object")

    @decorators.idempotent_id("a0b5f3ce-53ac-4a2c-8e6e-5d0b3a2b9c05")
    @decorators.attr(type=["negative", "smoke"])
    def test_create_with_illegal_value_negative(self) -> None:
        """The refusal lists the legal ones."""
        message = self._refusal_of({"hw_vif_model": "e1001"})
        self.assertIn("[value_invalid]", message)
        self.assertIn("e1000e", message)

    @decorators.idempotent_id("a0b5f3ce-53ac-4a2c-8e6e-5d0b3a2b9c06")
    @decorators.attr(type=["negative"])
    def test_create_with_word_for_boolean_negative(self) -> None:
        """Nova would read any word as false."""
        self._assert_refused({"hw_boot_menu": "maybe"}, "value_invalid")

    @decorators.idempotent_id("a0b5f3ce-53ac-4a2c-8e6e-5d0b3a2b9c07")
    @decorators.attr(type=["negative"])
    def test_create_with_integer_out_of_range_negative(self) -> None:
        """No guest has 0 CPU sockets."""
        self._assert_refused({"hw_cpu_sockets": "0"}, "value_out_of_range")

    @decorators.idempotent_id("a0b5f3ce-53ac-4a2c-8e6e-5d0b3a2b9c08")
    @decorators.attr(type=["negative"])
    def test_create_with_value_that_is_no_string_negative(self) -> None:
        """Values are strings, as image properties are."""
        for value in (1, True, ["q35"], {"is": "q35"}):
            self._assert_refused(
                {"hw_machine_type": value}, "value_not_a_string"
            )

    @decorators.idempotent_id("a0b5f3ce-53ac-4a2c-8e6e-5d0b3a2b9c09")
    @decorators.attr(type=["negative"])
    def test_create_with_empty_value_negative(self) -> None:
        """A removal is null, not nothing."""
        self._assert_refused({"hw_machine_type": ""}, "value_empty")

    @decorators.idempotent_id("a0b5f3ce-53ac-4a2c-8e6e-5d0b3a2b9c10")
    @decorators.attr(type=["negative"])
    def test_create_with_value_too_long_negative(self) -> None:
        """Nova would cut it without a word at the next hard reboot."""
        value = "x" * (_LONGEST_VALUE_BYTES + 1)
        self._assert_refused({"os_command_line": value}, "value_too_long")

    @decorators.idempotent_id("a0b5f3ce-53ac-4a2c-8e6e-5d0b3a2b9c11")
    @decorators.attr(type=["negative"])
    def test_create_with_control_character_negative(self) -> None:
        """A line break would end a line of somebody's file."""
        for value in ("a\nb", "a\x00b", "a\x1b[2Jb"):
            self._assert_refused(
                {"os_command_line": value}, "value_not_printable"
            )

    @decorators.idempotent_id("a0b5f3ce-53ac-4a2c-8e6e-5d0b3a2b9c12")
    @decorators.attr(type=["negative"])
    def test_create_with_gap_in_numa_list_negative(self) -> None:
        """Nova would stop reading at the gap."""
        message = self._refusal_of(
            {
                "hw_numa_nodes": "2",
                "hw_numa_cpus.0": "0",
                "hw_numa_cpus.2": "1",
            }
        )
        self.assertIn("[list_has_gap]", message)

    @decorators.idempotent_id("a0b5f3ce-53ac-4a2c-8e6e-5d0b3a2b9c13")
    @decorators.attr(type=["negative"])
    def test_create_with_removal_of_absent_property_negative(self) -> None:
        """Who removes what is not there has the wrong image in mind."""
        image = self.create_empty_image()
        message = self._refusal_of({"hw_vif_model": None}, image)
        self.assertIn("[removal_of_absent]", message)

    @decorators.idempotent_id("a0b5f3ce-53ac-4a2c-8e6e-5d0b3a2b9c14")
    @decorators.attr(type=["negative"])
    def test_create_with_command_line_without_kernel_negative(self) -> None:
        """Nova would ignore the command line of such an image."""
        image = self.create_empty_image()
        message = self._refusal_of({"os_command_line": "quiet"}, image)
        self.assertIn("[kernel_missing]", message)

    @decorators.idempotent_id("a0b5f3ce-53ac-4a2c-8e6e-5d0b3a2b9c15")
    @decorators.attr(type=["negative"])
    def test_create_with_default_of_no_command_line_negative(self) -> None:
        """``%default%`` stands for what the image has."""
        image = self.create_empty_image()
        message = self._refusal_of({"os_command_line": "%default% a"}, image)
        self.assertIn("[default_absent]", message)

    @decorators.idempotent_id("a0b5f3ce-53ac-4a2c-8e6e-5d0b3a2b9c16")
    @decorators.attr(type=["negative"])
    def test_create_with_property_without_its_partner_negative(self) -> None:
        """Nova reads ``hw_tpm_model`` only beside ``hw_tpm_version``."""
        image = self.create_empty_image()
        message = self._refusal_of({"hw_tpm_model": "tpm-crb"}, image)
        self.assertIn("[partner_missing]", message)

    @decorators.idempotent_id("a0b5f3ce-53ac-4a2c-8e6e-5d0b3a2b9c17")
    @decorators.attr(type=["negative"])
    def test_create_with_more_than_the_flavor_has_negative(self) -> None:
        """A guest does not get more NUMA nodes than vCPUs."""
        self._refusal_of({"hw_numa_nodes": "64"})

    @decorators.idempotent_id("a0b5f3ce-53ac-4a2c-8e6e-5d0b3a2b9c18")
    @decorators.attr(type=["negative", "smoke"])
    def test_create_with_several_problems_negative(self) -> None:
        """One answer names them all."""
        message = self._refusal_of(
            {"hw_bogus": "1", "hw_vif_model": "e1001", "hw_machine_type": ""}
        )
        for code in ("name_unknown", "value_invalid", "value_empty"):
            self.assertIn(f"[{code}]", message)

    @decorators.idempotent_id("a0b5f3ce-53ac-4a2c-8e6e-5d0b3a2b9c19")
    @decorators.attr(type=["negative", "smoke"])
    def test_create_at_older_microversion_negative(self) -> None:
        """Nova's own schema refuses the key there."""
        for microversion in (base.OLDEST, self.microversion_before()):
            message = self.refused(
                exceptions.BadRequest,
                self.servers_client_of(
                    self.os_primary, microversion
                ).create_server,
                name=self.new_name(),
                imageRef=self.image_id,
                flavorRef=self.flavor_id,
                networks="none" if microversion != base.OLDEST else [],
                image_props_override={"hw_boot_menu": "true"},
            )
            self.assertIn(KEY, message)

    @decorators.idempotent_id("a0b5f3ce-53ac-4a2c-8e6e-5d0b3a2b9c20")
    @decorators.attr(type=["negative"])
    def test_create_of_more_than_the_quota_negative(self) -> None:
        """Overrides get nobody past a quota, and no server is left."""
        limits = self.os_primary.limits_client.show_limits()["limits"]
        most = limits["absolute"]["maxTotalInstances"]
        if most < 0:
            raise self.skipException("the project has no quota of servers")
        name = self.new_name()
        message = self.refused(
            exceptions.Forbidden,
            self.create_servers,
            {"hw_boot_menu": "true"},
            wait_until=None,
            name=name,
            min_count=most + 1,
        )
        self.assertIn("Quota exceeded", message)
        self.assertEqual(
            [], self.servers_client.list_servers(name=name)["servers"]
        )
