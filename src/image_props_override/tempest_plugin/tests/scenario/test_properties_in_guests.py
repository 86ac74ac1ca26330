# SPDX-License-Identifier: Apache-2.0
"""What is overridden is in the guest, and what is removed is not.

Five guests: a bare one, from a copy of the image without the properties in
question; two with overrides; and two from copies of the image that have these
properties by themselves, booted with all of them removed. A removed property
is to look as in the bare guest, an overridden one as asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from tempest import config
from tempest.common import waiters
from tempest.lib import decorators

from image_props_override.tempest_plugin.clients import KEY
from image_props_override.tempest_plugin.guest.checks import Guest
from image_props_override.tempest_plugin.tests.scenario import guests

CONF = config.CONF


class BootWithOverridesTest(guests.GuestScenarioTest):
    """One guest, with whatever the operator wants overridden."""

    @decorators.idempotent_id("dd0e58db-d37f-59dc-b0df-63b30a28cfba")
    @decorators.attr(type=["smoke", "slow"])
    def test_boot_with_all_overrides(self) -> None:
        """Record, merged image properties and guest agree."""
        wanted = self.wanted_overrides(CONF.image_props_override.overrides)
        booted = self.boot(wanted)
        shown = self.servers_client.show_server(booted["id"])["server"]
        merged = {
            name: self.with_default(name, value)
            for name, value in wanted.items()
        }
        self.assertEqual(wanted.keys(), shown[KEY].keys())
        self.assertLessEqual(
            merged.items(), shown["image"]["properties"].items()
        )
        self.check_all(self.look_into(booted["id"]), wanted, "boot")


class PropertiesInGuestsTest(guests.GuestScenarioTest):
    """Each property, overridden and removed."""

    wanted: ClassVar[list[dict[str, str]]]
    bare: ClassVar[Guest]
    overridden: ClassVar[list[Guest]]
    removed: ClassVar[list[Guest]]

    @classmethod
    def resource_setup(cls) -> None:
        """Boot all five guests at once, and look into each."""
        super().resource_setup()
        options = CONF.image_props_override
        cls.wanted = [
            cls.wanted_overrides(options.overrides),
            cls.wanted_overrides(options.more_overrides),
        ]
        bare, *others = [
            cls.boot(overrides, wait_until=None, image_id=image_id)["id"]
            for image_id, overrides in cls._images_and_overrides()
        ]
        cls.bare, *looked_into = [
            cls._look_into_active(server_id) for server_id in (bare, *others)
        ]
        cls.overridden = looked_into[0::2]
        cls.removed = looked_into[1::2]

    @classmethod
    def _images_and_overrides(cls) -> list[tuple[str, Mapping[str, Any]]]:
        properties = cls.properties_of(cls.image_id)
        in_question = {name for wish in cls.wanted for name in wish}
        kept = {
            name: value
            for name, value in properties.items()
            if name not in in_question
        }
        bare = cls.copy_image(cls.image_id, **kept)
        boots: list[tuple[str, Mapping[str, Any]]] = [(bare, {})]
        for wish in cls.wanted:
            values = {
                name: cls.with_default(name, value)
                for name, value in wish.items()
            }
            has_them = cls.copy_image(cls.image_id, **(kept | values))
            boots.append((bare, values))
            boots.append((has_them, dict.fromkeys(wish)))
        return boots

    @classmethod
    def _look_into_active(cls, server_id: str) -> Guest:
        waiters.wait_for_server_status(cls.servers_client, server_id, "ACTIVE")
        return cls.look_into(server_id)

    def _check_both_ways(self, image_property: str) -> None:
        tried = False
        for wish, overridden, removed in zip(
            self.wanted, self.overridden, self.removed, strict=True
        ):
            if image_property in wish:
                tried = True
                value = self.with_default(image_property, wish[image_property])
                without = self.value_in(self.bare, image_property)
                self.assertNotEqual(
                    value,
                    without,
                    "guests have that value without the property: set"
                    " another one in [image_props_override] overrides",
                )
                self.check(overridden, image_property, value, "overridden")
                self.check(removed, image_property, without, "removed")
        if not tried:
            raise self.skipException(self._why_not_tried(image_property))

    def _why_not_tried(self, image_property: str) -> str:
        known = self.catalogue.get(image_property)
        if known is None:
            return f"this cloud's Nova has no {image_property}"
        if not known["allowed"]:
            return f"{image_property}: {known['rule']}"
        return f"[image_props_override] overrides lack {image_property}"

    @decorators.idempotent_id("2ac96ca8-3f56-5971-96e8-1480f94094ef")
    def test_os_command_line(self) -> None:
        """The kernel was started with this server's command line."""
        self._check_both_ways("os_command_line")

    @decorators.idempotent_id("2a25e32e-953b-58a1-a77e-f2bf14847af3")
    def test_hw_machine_type(self) -> None:
        """Firmware tells the machine's name."""
        self._check_both_ways("hw_machine_type")

    @decorators.idempotent_id("41110651-b01e-5a97-aa17-0c99f4d24fbe")
    def test_hw_cpu_sockets(self) -> None:
        """The kernel counts them."""
        self._check_both_ways("hw_cpu_sockets")

    @decorators.idempotent_id("95a6fe1a-b2ec-5053-af4a-f24070ad8941")
    def test_hw_cpu_cores(self) -> None:
        """The kernel counts them, in each socket."""
        self._check_both_ways("hw_cpu_cores")

    @decorators.idempotent_id("05ad2866-d9c1-56b5-83e1-17a12cc1341a")
    def test_hw_cpu_threads(self) -> None:
        """The kernel counts them, in each core."""
        self._check_both_ways("hw_cpu_threads")

    @decorators.idempotent_id("3aaa89d7-89ef-5fba-8b6f-65bb7de82a1d")
    def test_hw_disk_bus(self) -> None:
        """The root disk's."""
        self._check_both_ways("hw_disk_bus")

    @decorators.idempotent_id("3d40fb6d-e53e-5076-b7dc-7b8b40ab7706")
    def test_hw_scsi_model(self) -> None:
        """The controller is a PCI device."""
        self._check_both_ways("hw_scsi_model")

    @decorators.idempotent_id("b521bc9f-ad17-5f13-8cf5-5b2005ff99f4")
    def test_hw_vif_model(self) -> None:
        """The network device is a PCI device."""
        self._check_both_ways("hw_vif_model")

    @decorators.idempotent_id("fdac0581-f060-53f0-8005-355a8aa6d5ab")
    def test_hw_video_model(self) -> None:
        """The display is a PCI device."""
        self._check_both_ways("hw_video_model")

    @decorators.idempotent_id("ffefc6cb-9aaf-5d03-abf4-f2c0874f7b77")
    def test_hw_sound_model(self) -> None:
        """The sound card is a PCI device."""
        self._check_both_ways("hw_sound_model")

    @decorators.idempotent_id("d2514322-a58c-5f6c-8cab-794486eb6346")
    def test_hw_input_bus(self) -> None:
        """The tablet's."""
        self._check_both_ways("hw_input_bus")

    @decorators.idempotent_id("e6a08184-0a56-556d-97b2-efb79e8d52d8")
    def test_hw_watchdog_action(self) -> None:
        """What the watchdog does when nobody feeds it."""
        self._check_both_ways("hw_watchdog_action")

    @decorators.idempotent_id("08beae95-d8fd-5c77-b060-07c521798991")
    def test_hw_qemu_guest_agent(self) -> None:
        """There is a channel for an agent."""
        self._check_both_ways("hw_qemu_guest_agent")

    @decorators.idempotent_id("b9c28354-b1e7-5411-bf11-0fb7f1771425")
    def test_hw_boot_menu(self) -> None:
        """The firmware offers one."""
        self._check_both_ways("hw_boot_menu")

    @decorators.idempotent_id("d1506c3d-71ac-59b7-8b44-8543a3b153fe")
    def test_hw_time_hpet(self) -> None:
        """ACPI tells of the timer."""
        self._check_both_ways("hw_time_hpet")

    @decorators.idempotent_id("3542ce72-c3ce-587d-ab03-b89843bd4512")
    def test_img_hide_hypervisor_id(self) -> None:
        """The guest's KVM signature is hidden."""
        self._check_both_ways("img_hide_hypervisor_id")

    @decorators.idempotent_id("9f104a90-5f10-53e8-9fd3-891e6f85350c")
    def test_hw_rng_model(self) -> None:
        """The random number generator is a PCI device."""
        self._check_both_ways("hw_rng_model")

    @decorators.idempotent_id("74f50623-96b7-5c52-ae74-42a4cf87c62c")
    def test_hw_firmware_type(self) -> None:
        """The guest was started by it."""
        self._check_both_ways("hw_firmware_type")

    @decorators.idempotent_id("51b3707e-5626-5e9f-8896-714db1ba739f")
    def test_hw_virtio_packed_ring(self) -> None:
        """How the network device talks to its driver."""
        self._check_both_ways("hw_virtio_packed_ring")
