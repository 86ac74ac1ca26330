# SPDX-License-Identifier: Apache-2.0
"""The specification's second use case: one image, several NUMA layouts.

The host is pretended (``VIRT=nfv``): the scheduler's claims and the guests'
definitions are Nova's own, but no guest runs.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from xml.etree import ElementTree

from sandbox import accounts, cloud, images
from sandbox.demo import boot
from sandbox.errors import SandboxError
from sandbox.settings import Settings

FLAVOR: Final = "nfv"

# What each server asks for beyond the image.
SERVERS: Final[Mapping[str, Mapping[str, str]]] = {
    "pinned": {
        "hw_numa_nodes": "1",
        "hw_mem_page_size": "2048",
        "hw_cpu_policy": "dedicated",
        "hw_cpu_thread_policy": "require",
    },
    "spread": {
        "hw_numa_nodes": "2",
        "hw_mem_page_size": "small",
        "hw_cpu_policy": "shared",
    },
    "pinned-small": {
        "hw_numa_nodes": "1",
        "hw_mem_page_size": "4",
        "hw_cpu_policy": "dedicated",
        "hw_cpu_thread_policy": "prefer",
    },
}
# Threads of CPUs that are shared cannot be chosen.
REFUSED: Final = {
    "hw_numa_nodes": "2",
    "hw_cpu_policy": "shared",
    "hw_cpu_thread_policy": "isolate",
}

_SMALL_PAGE_KIB: Final = 4


@dataclass(frozen=True)
class Layout:
    """How a guest's CPUs and memory lie on the host.

    Attributes:
        nodes: Number of the guest's NUMA nodes.
        page_kib: Size of its memory's pages.
        pins: vCPU to the one host CPU that it is pinned to; without those
            that float.
    """

    nodes: int
    page_kib: int
    pins: Mapping[int, int]

    def __str__(self) -> str:
        """Return it in words."""
        nodes = (
            "1 NUMA node" if self.nodes == 1 else f"{self.nodes} NUMA nodes"
        )
        pins = ", ".join(
            f"vCPU {guest} on CPU {host}"
            for guest, host in sorted(self.pins.items())
        )
        return f"{nodes}, pages of {self.page_kib} KiB, {pins or 'no pinning'}"


def run(settings: Settings) -> int:
    """Show it; 0 if all layouts are what was asked for, else 1.

    Raises:
        SandboxError: The cloud does not pretend such a host, does not start,
            or a server does not boot.
    """
    if not settings.pretends_nfv_host:
        raise SandboxError("this demo needs VIRT=nfv: run make demo-nfv")
    settings = cloud.up(settings)
    boot.delete_servers(settings, {*SERVERS, "refused"})
    print(
        "\nThe host is pretended: two NUMA nodes, eight CPUs, huge pages."
        "\nNova schedules and defines guests for it, and none runs.\n"
    )
    for name, overrides in SERVERS.items():
        command = boot.create_command(name, images.GUEST, FLAVOR, overrides)
        boot.run(settings, *command)
    problems: list[str] = []
    shown: list[str] = []
    for name, overrides in SERVERS.items():
        server_id = boot.wait_for_server(settings, name)
        claimed = claimed_layout(settings, server_id)
        xml = (settings.domains_dir / f"{server_id}.xml").read_text()
        defined = defined_layout(xml)
        problems += problems_with(name, overrides, claimed, defined)
        asked = " ".join(f"{k}={v}" for k, v in overrides.items())
        shown.append(
            f"{name}\n  asked    {asked}\n  claimed  {claimed}\n"
            f"  defined  {defined}"
        )
    print("\n" + "\n".join(shown) + "\n")
    problems += _problems_with_refusal(settings)
    print(
        "\n".join(("\nThese are not as they should be:", *problems))
        if problems
        else "\nAll layouts agree: what was asked for, claimed, and defined."
    )
    return 1 if problems else 0


def claimed_layout(settings: Settings, server_id: str) -> Layout:
    """Return what the scheduler has claimed for a server, by Nova's API."""
    compute = accounts.connect(settings).compute
    # Its topology is for administrators to see, from 2.78 on.
    answer = compute.get(f"/servers/{server_id}/topology", microversion="2.78")
    topology: dict[str, Any] = answer.json()
    return Layout(
        nodes=len(topology["nodes"]),
        page_kib=topology["pagesize_kb"] or _SMALL_PAGE_KIB,
        pins={
            int(guest): host
            for node in topology["nodes"]
            for guest, host in node["cpu_pinning"].items()
        },
    )


def defined_layout(xml: str) -> Layout:
    """Return the layout in a guest's definition for libvirt."""
    domain = ElementTree.fromstring(xml)
    page = domain.find("memoryBacking/hugepages/page")
    return Layout(
        nodes=len(domain.findall("cpu/numa/cell")),
        page_kib=(
            _SMALL_PAGE_KIB if page is None else int(page.get("size", 0))
        ),
        pins={
            int(pin.get("vcpu", -1)): int(pin.get("cpuset", ""))
            for pin in domain.findall("cputune/vcpupin")
            # More than one: it floats among them.
            if pin.get("cpuset", "").isdecimal()
        },
    )


def problems_with(
    name: str,
    overrides: Mapping[str, str],
    claimed: Layout,
    defined: Layout,
) -> Iterator[str]:
    """Yield what of a server's layout is not what was asked for.

    Args:
        name: The server's.
        overrides: What it asks for.
        claimed: What the scheduler has claimed.
        defined: What the guest's definition has.
    """
    page = overrides["hw_mem_page_size"]
    page_kib = _SMALL_PAGE_KIB if page == "small" else int(page)
    is_pinned = overrides["hw_cpu_policy"] == "dedicated"
    for where, layout in (("claimed", claimed), ("defined", defined)):
        wrong = (
            layout.nodes != int(overrides["hw_numa_nodes"])
            or layout.page_kib != page_kib
            or bool(layout.pins) != is_pinned
        )
        if wrong:
            yield f"{name}, {where}: {layout}"
    if claimed.pins != defined.pins:
        yield f"{name}: claimed {claimed}, but defined {defined}"


def _problems_with_refusal(settings: Settings) -> list[str]:
    command = boot.create_command("refused", images.GUEST, FLAVOR, REFUSED)
    try:
        boot.run(settings, *command)
    except SandboxError as refusal:
        print(refusal)
        is_the_reason = "cpu thread pinning policy" in str(refusal)
        return [] if is_the_reason else ["it is refused for another reason"]
    return ["what contradicts itself was not refused"]
