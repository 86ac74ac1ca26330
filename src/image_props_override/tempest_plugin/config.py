# SPDX-License-Identifier: Apache-2.0
"""The options that ``tempest.conf`` has for the plug-in."""

from typing import Final

from oslo_config import cfg

SERVICE_OPTION: Final = cfg.BoolOpt(
    "image_props_override",
    default=True,
    help=(
        "Whether the cloud's nova-api has nova-image-props-override. If "
        "false, all tests of the plug-in are skipped."
    ),
)

GROUP: Final = cfg.OptGroup(
    name="image_props_override",
    title="Overrides of image properties at boot",
)

MORE_OVERRIDES: Final = {
    # Nova heeds the topology as a whole, also what the image has of it.
    "hw_cpu_sockets": "1",
    "hw_cpu_cores": "2",
    "hw_disk_bus": "sata",
    "hw_machine_type": "q35",
    "hw_video_model": "vga",
    "hw_sound_model": "es1370",
    "hw_virtio_packed_ring": "true",
    "hw_watchdog_action": "pause",
}

OPTIONS: Final = [
    cfg.StrOpt(
        "image_ref",
        help=(
            "Image that the guests boot from. For scenario tests it must "
            "report on its serial console what it sees of itself (see "
            "docs/operator/tempest.md), or be able to run cloud-init. "
            "Default for the API tests: [compute] image_ref; scenario tests "
            "with guest_report = image are skipped without it."
        ),
    ),
    cfg.StrOpt(
        "flavor_ref",
        help=(
            "Flavor of the guests, with 2 vCPUs for the CPU topology. "
            "Default: [compute] flavor_ref."
        ),
    ),
    cfg.BoolOpt(
        "services_keep_overrides",
        default=True,
        help=(
            "Whether the cloud's nova-compute and nova-conductor have "
            "nova-image-props-override too. True: a refusal to rebuild or "
            "rescue a server with overrides is a failure. False: what such "
            "services refuse is skipped."
        ),
    ),
    cfg.StrOpt(
        "resize_flavor_ref",
        help=(
            "Flavor that guests are resized to: with as many vCPUs as "
            "theirs has, and a disk at least as large. Default: [compute] "
            "flavor_ref_alt. If it does not fit, the test is skipped."
        ),
    ),
    cfg.StrOpt(
        "guest_report",
        default="image",
        choices=[
            ("image", "the image prints the report by itself, at each boot"),
            ("user_data", "cloud-init of the image runs the script"),
            ("none", "no report: scenario tests that need one are skipped"),
        ],
        help="How a guest prints its report on the serial console.",
    ),
    cfg.IntOpt(
        "console_timeout",
        default=300,
        min=1,
        help="Seconds to wait for the output of a booted guest.",
    ),
    cfg.StrOpt(
        "libvirt_uri",
        help=(
            "URI of the libvirtd that runs the guests, for properties that "
            "no guest can see (hw_disk_bus, hw_watchdog_action, ...). The "
            "tests run `virsh`, which cannot ask for a password. In a URI, "
            "{host} stands for the hypervisor's name: "
            "qemu+ssh://{host}/system?no_tty=1. Unset: those properties are "
            "not checked."
        ),
    ),
    cfg.DictOpt(
        "overrides",
        default={
            "hw_machine_type": "q35",
            "hw_cpu_sockets": "1",
            "hw_cpu_threads": "2",
            "hw_disk_bus": "scsi",
            "hw_scsi_model": "virtio-scsi",
            "hw_vif_model": "e1000e",
            "hw_video_model": "cirrus",
            "hw_sound_model": "ich9",
            "hw_input_bus": "virtio",
            "hw_watchdog_action": "poweroff",
            "hw_qemu_guest_agent": "true",
            "hw_boot_menu": "true",
            "hw_time_hpet": "true",
            "img_hide_hypervisor_id": "true",
        },
        help=(
            "What one guest overrides at once, and the tests then look for "
            "in the guest. Remove what the cloud's hypervisors do not "
            "support: a guest with it does not boot. The tests leave out by "
            "themselves what the cloud's rules or Nova refuse for the image "
            "and the flavor, and what guests have anyway; report_file has "
            "the reasons. A name that Nova does not know is an error."
        ),
    ),
    cfg.DictOpt(
        "more_overrides",
        default=MORE_OVERRIDES,
        help=(
            "The same for a second guest: other values, and what excludes "
            "one of the first (packed rings need a virtio network device). "
            "A rebuild replaces the first set by them."
        ),
    ),
    cfg.StrOpt(
        "command_line",
        default="%default% tempest.override=1",
        help=(
            "os_command_line of that guest; `%default%` stands for the "
            "image's own, and keeps its console. Used where the image has "
            "kernel_id and os_command_line. Empty: not tested."
        ),
    ),
    cfg.StrOpt(
        "tpm_model",
        help=(
            "hw_tpm_model of a guest with a TPM 2.0, such as tpm-crb. "
            "Unset: the cloud is assumed to have no virtual TPMs."
        ),
    ),
    cfg.IntOpt(
        "numa_nodes",
        default=0,
        min=0,
        help=(
            "NUMA nodes that a guest of this flavor can have on the cloud's "
            "hosts. 0: not tested."
        ),
    ),
    cfg.StrOpt(
        "page_size",
        help=(
            "hw_mem_page_size to override with: `small`, or a size in KiB "
            "that the cloud's hosts offer, such as 2048. It must differ "
            "from what guests of page_size_flavor_ref have, the largest "
            "that fits. Unset: not tested."
        ),
    ),
    cfg.StrOpt(
        "page_size_flavor_ref",
        help=(
            "Flavor to try it with. Its extra spec hw:mem_page_size must be "
            "`any` or `large`: Nova refuses the property with others."
        ),
    ),
    cfg.StrOpt(
        "installer_image_ref",
        help=(
            "Image with kernel and initrd of an installer (Debian's netboot "
            "installer). Unset: the installer scenario is skipped."
        ),
    ),
    cfg.StrOpt("installer_flavor_ref", help="Flavor to install with."),
    cfg.StrOpt(
        "installer_command_line",
        default=(
            "console=ttyS0 quiet TERM=dumb DEBIAN_FRONTEND=text auto=true "
            "priority=critical hostname=tempest preseed/early_command="
            '"echo Tempest installs $(debconf-get netcfg/get_hostname) '
            '> /dev/console"'
        ),
        help=(
            "os_command_line that makes the installer go on by itself, and "
            "print `installer_proof`."
        ),
    ),
    cfg.StrOpt(
        "installer_proof",
        default="Tempest installs tempest",
        help=(
            "What the installer then prints on its console. The command "
            "line itself must not contain it."
        ),
    ),
    cfg.StrOpt(
        "os_installer_kernel_ref",
        help=(
            "Image with the kernel of an OS installer that asks nothing and "
            "powers the guest off when it is done. Unset: no operating "
            "system is installed, and those scenarios are skipped. The four "
            "options that follow are needed with it."
        ),
    ),
    cfg.StrOpt(
        "os_installer_ramdisk_ref",
        help="Image with the RAM disk of the OS installer.",
    ),
    cfg.StrOpt(
        "os_installer_disk_ref",
        help="Image of an empty disk, which the OS installer installs to.",
    ),
    cfg.StrOpt(
        "os_installer_command_line",
        help=(
            "os_command_line of the OS installer. In it, {hostname} stands "
            "for the host name of the installed system."
        ),
    ),
    cfg.StrOpt(
        "os_installer_proof",
        help=(
            "Regular expression for what the installed system prints on its "
            "serial console at each boot, with {hostname} for its host name: "
            "`{hostname} login:`. The OS installer must not print it."
        ),
    ),
    cfg.StrOpt(
        "os_installer_flavor_ref",
        help="Flavor to install with. Default: the guests' flavor.",
    ),
    cfg.IntOpt(
        "os_installer_timeout",
        default=3600,
        min=1,
        help="Seconds until the OS installer has powered the guest off.",
    ),
    cfg.StrOpt(
        "os_installer_reboot",
        help=(
            "What to append to os_installer_command_line to make the OS "
            "installer reboot the guest at its end instead of powering it "
            "off. Unset: that scenario is skipped."
        ),
    ),
    cfg.StrOpt(
        "report_file",
        default="image-props-override-report.txt",
        help=(
            "File that reports how each property was checked, or why it was "
            "not. Each run adds its lines, with the time. Empty: none."
        ),
    ),
]


def list_opts() -> list[tuple[str, list[cfg.Opt]]]:
    """Return the options for samples of ``tempest.conf``."""
    return [
        (GROUP.name, OPTIONS),
        ("service_available", [SERVICE_OPTION]),
    ]
