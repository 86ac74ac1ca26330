# SPDX-License-Identifier: Apache-2.0
"""What no request to boot may ask for, whatever it boots."""

from tempest.lib import decorators

from image_props_override.tempest_plugin.clients import KEY
from image_props_override.tempest_plugin.tests import base
from image_props_override.tempest_plugin.tests.api import refusals

# As many bytes as Nova's database keeps of a value.
# A kernel's command line may be longer, up to x86's COMMAND_LINE_SIZE.
_LONGEST_VALUES_BYTES = {"os_distro": 255, "os_command_line": 2047}
# One more than it keeps of a name.
_TOO_LONG_NAME = "trait:CUSTOM_".ljust(250, "A")
# One more than a request may have.
_TOO_MANY = 513


class ServersOverridesNegativeTest(refusals.RefusalsTest):
    """Names and values that are wrong in themselves."""

    @decorators.idempotent_id("a0b5f3ce-53ac-4a2c-8e6e-5d0b3a2b9c01")
    @decorators.attr(type=["negative", "smoke"])
    def test_create_with_unknown_property_negative(self) -> None:
        """A name that Nova does not know."""
        self.assert_malformed({"hw_bogus": "1"}, "name_unknown")

    @decorators.idempotent_id("a0b5f3ce-53ac-4a2c-8e6e-5d0b3a2b9c02")
    @decorators.attr(type=["negative"])
    def test_create_with_list_as_one_property_negative(self) -> None:
        """A list has members, which are overridden one by one."""
        self.assert_malformed({"hw_numa_cpus": "0"}, "name_not_plain")

    @decorators.idempotent_id("a0b5f3ce-53ac-4a2c-8e6e-5d0b3a2b9c41")
    @decorators.attr(type=["negative"])
    def test_create_with_property_without_effect_negative(self) -> None:
        """What Nova does not read is refused, whatever the operator allows."""
        self.assert_malformed({"hw_rng_model": "virtio"}, "no_effect")

    @decorators.idempotent_id("a0b5f3ce-53ac-4a2c-8e6e-5d0b3a2b9c03")
    @decorators.attr(type=["negative"])
    def test_create_with_two_spellings_negative(self) -> None:
        """A legacy alias and its canonical name are one property."""
        self.assert_malformed(
            {"architecture": "x86_64", "hw_architecture": "x86_64"},
            "name_given_twice",
        )

    @decorators.idempotent_id("a0b5f3ce-53ac-4a2c-8e6e-5d0b3a2b9c04")
    @decorators.attr(type=["negative"])
    def test_create_with_overrides_that_are_no_object_negative(self) -> None:
        """Neither a string nor a list will do."""
        for overrides in ("hw_vif_model=e1000", ["hw_vif_model"], 1):
            self.assert_malformed(overrides, "request_not_an_object")

    @decorators.idempotent_id("a0b5f3ce-53ac-4a2c-8e6e-5d0b3a2b9c21")
    @decorators.attr(type=["negative"])
    def test_create_with_too_many_overrides_negative(self) -> None:
        """No guest has so many properties."""
        overrides = {f"trait:CUSTOM_{n}": "required" for n in range(_TOO_MANY)}
        message = self.refusal_of(overrides)
        self.assertIn("[request_too_many]", message)

    @decorators.idempotent_id("a0b5f3ce-53ac-4a2c-8e6e-5d0b3a2b9c22")
    @decorators.attr(type=["negative"])
    def test_create_with_name_too_long_negative(self) -> None:
        """Nova's database would not hold it."""
        message = self.refusal_of({_TOO_LONG_NAME: "required"})
        self.assertIn("[name_too_long]", message)

    @decorators.idempotent_id("a0b5f3ce-53ac-4a2c-8e6e-5d0b3a2b9c05")
    @decorators.attr(type=["negative", "smoke"])
    def test_create_with_illegal_value_negative(self) -> None:
        """The refusal lists the legal ones."""
        message = self.refusal_of({"hw_vif_model": "e1001"})
        self.assertIn("[value_invalid]", message)
        self.assertIn("e1000e", message)

    @decorators.idempotent_id("a0b5f3ce-53ac-4a2c-8e6e-5d0b3a2b9c06")
    @decorators.attr(type=["negative"])
    def test_create_with_word_for_boolean_negative(self) -> None:
        """Nova would read any word as false."""
        self.assert_malformed({"hw_boot_menu": "maybe"}, "value_invalid")

    @decorators.idempotent_id("a0b5f3ce-53ac-4a2c-8e6e-5d0b3a2b9c07")
    @decorators.attr(type=["negative"])
    def test_create_with_integer_out_of_range_negative(self) -> None:
        """No guest has 0 CPU sockets."""
        self.assert_malformed({"hw_cpu_sockets": "0"}, "value_out_of_range")

    @decorators.idempotent_id("a0b5f3ce-53ac-4a2c-8e6e-5d0b3a2b9c08")
    @decorators.attr(type=["negative"])
    def test_create_with_value_that_is_no_string_negative(self) -> None:
        """Values are strings, as image properties are."""
        for value in (1, True, ["q35"], {"is": "q35"}):
            self.assert_malformed(
                {"hw_machine_type": value}, "value_not_a_string"
            )

    @decorators.idempotent_id("a0b5f3ce-53ac-4a2c-8e6e-5d0b3a2b9c09")
    @decorators.attr(type=["negative"])
    def test_create_with_empty_value_negative(self) -> None:
        """A removal is null, not nothing."""
        self.assert_malformed({"hw_machine_type": ""}, "value_empty")

    @decorators.idempotent_id("a0b5f3ce-53ac-4a2c-8e6e-5d0b3a2b9c10")
    @decorators.attr(type=["negative"])
    def test_create_with_value_too_long_negative(self) -> None:
        """Nova would cut it without a word at the next hard reboot."""
        for name, longest_bytes in _LONGEST_VALUES_BYTES.items():
            value = "x" * (longest_bytes + 1)
            self.assert_malformed({name: value}, "value_too_long")

    @decorators.idempotent_id("a0b5f3ce-53ac-4a2c-8e6e-5d0b3a2b9c11")
    @decorators.attr(type=["negative"])
    def test_create_with_control_character_negative(self) -> None:
        """A line break would end a line of somebody's file."""
        for value in ("a\nb", "a\x00b", "a\x1b[2Jb"):
            self.assert_malformed(
                {"os_command_line": value}, "value_not_printable"
            )

    @decorators.idempotent_id("a0b5f3ce-53ac-4a2c-8e6e-5d0b3a2b9c12")
    @decorators.attr(type=["negative"])
    def test_create_with_gap_in_numa_list_negative(self) -> None:
        """Nova would stop reading at the gap."""
        self.assert_boot_refused(
            {
                "hw_numa_nodes": "2",
                "hw_numa_cpus.0": "0",
                "hw_numa_cpus.2": "1",
            },
            "list_has_gap",
        )

    @decorators.idempotent_id("a0b5f3ce-53ac-4a2c-8e6e-5d0b3a2b9c23")
    @decorators.attr(type=["negative"])
    def test_create_with_numa_lists_that_differ_negative(self) -> None:
        """Two nodes, and CPUs for one."""
        self.assert_boot_refused(
            {"hw_numa_nodes": "2", "hw_numa_cpus.0": "0"},
            "list_length_differs",
        )

    @decorators.idempotent_id("a0b5f3ce-53ac-4a2c-8e6e-5d0b3a2b9c42")
    @decorators.attr(type=["negative"])
    def test_create_with_bus_that_machine_lacks_negative(self) -> None:
        """The host would refuse it, and the server end in ERROR."""
        self.assert_boot_refused(
            {"hw_machine_type": "q35", "hw_disk_bus": "ide"},
            "machine_conflict",
        )

    @decorators.idempotent_id("a0b5f3ce-53ac-4a2c-8e6e-5d0b3a2b9c50")
    @decorators.attr(type=["negative"])
    def test_create_with_value_that_no_host_supports_negative(self) -> None:
        """Each that the catalogue has, of one property."""
        unsupported = self.catalogue["hw_disk_bus"].get("unsupported_values")
        if not unsupported:
            raise self.skipException("hosts do not report any disk bus")
        for bus in unsupported:
            overrides = {"hw_disk_bus": bus}
            self.needs_rules_for(overrides)
            codes = [each["code"] for each in self.problems_of(overrides)]
            if "no_host_supports" not in codes:
                raise self.skipException("refuse_unsupported is false here")
            message = self.refusal_of(overrides)
            self.assertIn("[no_host_supports]", message)
            self.assertIn(repr(bus), message)

    @decorators.idempotent_id("a0b5f3ce-53ac-4a2c-8e6e-5d0b3a2b9c18")
    @decorators.attr(type=["negative", "smoke"])
    def test_create_with_several_problems_negative(self) -> None:
        """One answer names them all."""
        message = self.refusal_of(
            {"hw_bogus": "1", "hw_vif_model": "e1001", "hw_machine_type": ""}
        )
        for code in ("name_unknown", "value_invalid", "value_empty"):
            self.assertIn(f"[{code}]", message)

    @decorators.idempotent_id("a0b5f3ce-53ac-4a2c-8e6e-5d0b3a2b9c19")
    @decorators.attr(type=["negative", "smoke"])
    def test_create_at_older_microversion_negative(self) -> None:
        """Nova's own schema refuses the key there."""
        for microversion in (base.OLDEST, self.microversion_before()):
            client = self.servers_client_of(self.os_primary, microversion)
            message = self.refusal_of({"hw_boot_menu": "true"}, client=client)
            self.assertIn(KEY, message)
