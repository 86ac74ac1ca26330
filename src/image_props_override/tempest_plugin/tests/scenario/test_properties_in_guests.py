# SPDX-License-Identifier: Apache-2.0
"""What is overridden is in the guest, and what is removed is not."""

from __future__ import annotations

from typing import ClassVar

from tempest import config
from tempest.lib import decorators

from image_props_override.tempest_plugin.clients import KEY
from image_props_override.tempest_plugin.tests.scenario import (
    both_ways,
    checking,
)

CONF = config.CONF


class BootWithOverridesTest(checking.CheckingTest):
    """One guest, with whatever the operator wants overridden."""

    @decorators.idempotent_id("dd0e58db-d37f-59dc-b0df-63b30a28cfba")
    @decorators.attr(type=["smoke", "slow"])
    def test_boot_with_all_overrides(self) -> None:
        """Record, merged image properties and guest agree."""
        wanted = self.wanted_overrides(
            self.with_command_line(CONF.image_props_override.overrides)
        )
        if not wanted:
            raise self.nothing_left()
        booted = self.boot(wanted)
        shown = self.servers_client.show_server(booted["id"])["server"]
        self.assertEqual(wanted, shown[KEY])
        merged = {
            name: self.with_default(name, value)
            for name, value in wanted.items()
        }
        self.assertLessEqual(
            merged.items(), shown["image"]["properties"].items()
        )
        self.check_some(self.look_into(booted["id"]), wanted, "boot")


class PropertiesInGuestsTest(both_ways.BothWaysTest):
    """Each property of two wishes, overridden and removed."""

    trials: ClassVar[both_ways.Trials]

    @classmethod
    def resource_setup(cls) -> None:
        """Boot five guests, and report what no test of this class looks at."""
        super().resource_setup()
        options = CONF.image_props_override
        wishes = [
            cls.with_command_line(wish)
            for wish in (options.overrides, options.more_overrides)
        ]
        for name in sorted({name for wish in wishes for name in wish}):
            if not hasattr(cls, f"test_{name}"):
                cls.not_checked(name, "all", "no test of its own")
        cls.trials = cls.try_both_ways(*wishes)

    @decorators.idempotent_id("2ac96ca8-3f56-5971-96e8-1480f94094ef")
    def test_os_command_line(self) -> None:
        """The kernel was started with this server's command line."""
        self.check_both_ways("os_command_line", self.trials)

    @decorators.idempotent_id("2a25e32e-953b-58a1-a77e-f2bf14847af3")
    def test_hw_machine_type(self) -> None:
        """Firmware shows the machine's name."""
        self.check_both_ways("hw_machine_type", self.trials)

    @decorators.idempotent_id("41110651-b01e-5a97-aa17-0c99f4d24fbe")
    def test_hw_cpu_sockets(self) -> None:
        """The kernel counts them."""
        self.check_both_ways("hw_cpu_sockets", self.trials)

    @decorators.idempotent_id("95a6fe1a-b2ec-5053-af4a-f24070ad8941")
    def test_hw_cpu_cores(self) -> None:
        """The kernel counts them, in each socket."""
        self.check_both_ways("hw_cpu_cores", self.trials)

    @decorators.idempotent_id("05ad2866-d9c1-56b5-83e1-17a12cc1341a")
    def test_hw_cpu_threads(self) -> None:
        """The kernel counts them, in each core."""
        self.check_both_ways("hw_cpu_threads", self.trials)

    @decorators.idempotent_id("3aaa89d7-89ef-5fba-8b6f-65bb7de82a1d")
    def test_hw_disk_bus(self) -> None:
        """The root disk's."""
        self.check_both_ways("hw_disk_bus", self.trials)

    @decorators.idempotent_id("3d40fb6d-e53e-5076-b7dc-7b8b40ab7706")
    def test_hw_scsi_model(self) -> None:
        """The controller is a PCI device."""
        self.check_both_ways("hw_scsi_model", self.trials)

    @decorators.idempotent_id("b521bc9f-ad17-5f13-8cf5-5b2005ff99f4")
    def test_hw_vif_model(self) -> None:
        """The network device is a PCI device."""
        self.check_both_ways("hw_vif_model", self.trials)

    @decorators.idempotent_id("fdac0581-f060-53f0-8005-355a8aa6d5ab")
    def test_hw_video_model(self) -> None:
        """The display is a PCI device."""
        self.check_both_ways("hw_video_model", self.trials)

    @decorators.idempotent_id("ffefc6cb-9aaf-5d03-abf4-f2c0874f7b77")
    def test_hw_sound_model(self) -> None:
        """The sound card is a PCI device."""
        self.check_both_ways("hw_sound_model", self.trials)

    @decorators.idempotent_id("d2514322-a58c-5f6c-8cab-794486eb6346")
    def test_hw_input_bus(self) -> None:
        """The tablet's."""
        self.check_both_ways("hw_input_bus", self.trials)

    @decorators.idempotent_id("e6a08184-0a56-556d-97b2-efb79e8d52d8")
    def test_hw_watchdog_action(self) -> None:
        """What the watchdog does when nobody feeds it."""
        self.check_both_ways("hw_watchdog_action", self.trials)

    @decorators.idempotent_id("08beae95-d8fd-5c77-b060-07c521798991")
    def test_hw_qemu_guest_agent(self) -> None:
        """There is a channel for an agent."""
        self.check_both_ways("hw_qemu_guest_agent", self.trials)

    @decorators.idempotent_id("b9c28354-b1e7-5411-bf11-0fb7f1771425")
    def test_hw_boot_menu(self) -> None:
        """The firmware offers one."""
        self.check_both_ways("hw_boot_menu", self.trials)

    @decorators.idempotent_id("d1506c3d-71ac-59b7-8b44-8543a3b153fe")
    def test_hw_time_hpet(self) -> None:
        """ACPI shows the timer."""
        self.check_both_ways("hw_time_hpet", self.trials)

    @decorators.idempotent_id("3542ce72-c3ce-587d-ab03-b89843bd4512")
    def test_img_hide_hypervisor_id(self) -> None:
        """The guest's KVM signature is hidden."""
        self.check_both_ways("img_hide_hypervisor_id", self.trials)

    @decorators.idempotent_id("74f50623-96b7-5c52-ae74-42a4cf87c62c")
    def test_hw_firmware_type(self) -> None:
        """The guest was started by it."""
        self.check_both_ways("hw_firmware_type", self.trials)

    @decorators.idempotent_id("51b3707e-5626-5e9f-8896-714db1ba739f")
    def test_hw_virtio_packed_ring(self) -> None:
        """How the network device talks to its driver."""
        self.check_both_ways("hw_virtio_packed_ring", self.trials)
