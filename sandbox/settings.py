# SPDX-License-Identifier: Apache-2.0
"""What can be chosen about a sandbox cloud, and where its things are."""

import dataclasses
import json
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple, Self

from sandbox.errors import SandboxError

CHECKOUT: Final = Path(__file__).resolve().parent.parent
VIRT_CHOICES: Final = ("auto", "kvm", "qemu", "fake", "nfv")
NOVA_PROCESSES_CHOICES: Final = ("one", "separate", "distributed")


class Variable(NamedTuple):
    """An environment variable that chooses something, as users read of it."""

    meaning: str
    default: str


VARIABLES: Final[Mapping[str, Variable]] = {
    "RELEASE": Variable(
        "the release of OpenStack, 2024.1 or newer; each has its own"
        " environment and state folder",
        "2026.2",
    ),
    "SANDBOX_DIR": Variable(
        "the folder that holds all state",
        ".sandbox in the checkout, or .sandbox-RELEASE if that is set",
    ),
    "SANDBOX_PORT_BASE": Variable(
        "Keystone's port; Glance, Placement, Neutron, Nova and Cinder have the"
        " next ones, and VNC displays those from + 100 on",
        "15000",
    ),
    "VIRT": Variable(
        "kvm, qemu (emulation), fake (Nova's fake driver, needs no root), nfv"
        " (Nova's stand-in for libvirt: a host with two NUMA nodes, eight CPUs"
        " and huge pages, on which guests are defined but do not run; needs no"
        " root), or auto: KVM if a trial guest runs under it",
        "auto",
    ),
    "NOVA_PROCESSES": Variable(
        "one; separate: Nova as in production; distributed: several hosts and"
        " cells, not with RELEASE",
        "one",
    ),
    "SANDBOX_EXTENSION": Variable("0: Nova without the extension", "1"),
    "SANDBOX_STOCK_SERVICES": Variable(
        "1: only nova-api has the extension. nova-compute and nova-conductor"
        " are Nova's own, so the API refuses a rebuild that would lose"
        " overrides",
        "0",
    ),
    "SANDBOX_VOLUMES": Variable(
        "1: with Cinder, whose volumes are files. The cloud keeps it from then"
        " on. Not with RELEASE",
        "0",
    ),
    "SANDBOX_PINNED_CPUS": Variable(
        "CPUs of this machine for pinned guests, such as 2-3 (Nova's"
        " cpu_dedicated_set). Other guests share the rest",
        "none",
    ),
}

# The port of a service is the port base plus its place in this tuple.
API_SERVICES: Final = (
    "keystone",
    "glance",
    "placement",
    "neutron",
    "nova",
    "cinder",
)

# Guests' VNC displays get ports of their own, so that two clouds side by
# side never hand out the same one: 100 of them, from the port base + 100.
VNC_PORT_OFFSET: Final = 100
VNC_PORT_COUNT: Final = 100

# RabbitMQ's follow, with a gap for API services to come.
_BROKER_PORT_OFFSETS: Final = {"amqp": 10, "distribution": 11, "epmd": 12}
_DATABASE_PORT_OFFSET: Final = 13
_SECOND_API_PORT_OFFSET: Final = 14

# Every account's password. The cloud listens on 127.0.0.1 only.
PASSWORD: Final = "sandbox"
REGION: Final = "RegionOne"


@dataclasses.dataclass(frozen=True)
class Settings:
    """One sandbox cloud: what its user chose, and paths derived from it.

    Attributes:
        state_dir: Absolute path of the folder that holds all its state.
        port_base: Port of Keystone on 127.0.0.1; the others follow it.
        virt: How guests run: ``kvm``, ``qemu`` (emulation), ``fake``
            (Nova's own fake driver), ``nfv`` (Nova's stand-in for libvirt) or
            ``auto`` (KVM where it works).
        extension: Whether image-props-override is installed in its Nova.
        nova_processes: ``one`` for all of Nova; ``separate`` ones, with
            several workers of nova-api and a message broker; or
            ``distributed``, over hosts and cells.
        stock_services: Whether nova-compute and nova-conductor are Nova's
            own even where the extension is in nova-api.
        stock_processes: Names of further processes that are Nova's own, as
            `python -m sandbox restart --stock` made them.
        volumes: Whether it has Cinder.
        pinned_cpus: CPUs for pinned guests alone, ``none`` or such as ``2-3``.
    """

    state_dir: Path
    port_base: int = 15000
    virt: str = "auto"
    extension: bool = True
    nova_processes: str = "one"
    stock_services: bool = False
    volumes: bool = False
    stock_processes: tuple[str, ...] = ()
    pinned_cpus: str = "none"

    def __post_init__(self) -> None:
        """Refuse values that no cloud could be started with."""
        if self.virt not in VIRT_CHOICES:
            raise SandboxError(
                f"VIRT={self.virt} is not one of {', '.join(VIRT_CHOICES)}"
            )
        if self.nova_processes not in NOVA_PROCESSES_CHOICES:
            raise SandboxError(
                f"NOVA_PROCESSES={self.nova_processes} is not one of"
                f" {', '.join(NOVA_PROCESSES_CHOICES)}"
            )
        if self.pinned_cpu_numbers and self.is_fake:
            raise SandboxError(
                f"SANDBOX_PINNED_CPUS={self.pinned_cpus} with"
                f" VIRT={self.virt}: only real guests run on CPUs; leave one"
                " of the two out"
            )
        highest = 65535 - VNC_PORT_OFFSET - VNC_PORT_COUNT
        # libvirt hands out no VNC port below 5900.
        if not 5900 <= self.port_base <= highest:
            raise SandboxError(
                f"SANDBOX_PORT_BASE={self.port_base} is not between"
                f" 5900 and {highest}"
            )

    @classmethod
    def from_environment(
        cls, environment: Mapping[str, str] = os.environ
    ) -> Self:
        """What the caller's environment variables ask for.

        Those in `VARIABLES`.

        Raises:
            SandboxError: A variable's value makes no sense.
        """
        release = environment.get("RELEASE")
        folder = environment.get("SANDBOX_DIR") or (
            CHECKOUT / f".sandbox-{release}"
            if release
            else CHECKOUT / ".sandbox"
        )
        volumes = _is_on(environment, "SANDBOX_VOLUMES")
        if volumes and release:
            raise SandboxError(
                f"SANDBOX_VOLUMES=1 with RELEASE={release}: only the newest"
                " release has volumes; leave one of the two out"
            )
        nova_processes = _chosen(environment, "NOVA_PROCESSES")
        if nova_processes == "distributed" and release:
            raise SandboxError(
                f"NOVA_PROCESSES=distributed with RELEASE={release}: only the"
                " newest release has that; leave one of the two out"
            )
        port_text = _chosen(environment, "SANDBOX_PORT_BASE")
        if not port_text.isdecimal():
            raise SandboxError(
                f"SANDBOX_PORT_BASE={port_text} is not a port number"
            )
        return cls(
            state_dir=Path(folder).expanduser().resolve(),
            port_base=int(port_text),
            virt=_chosen(environment, "VIRT"),
            extension=_is_on(environment, "SANDBOX_EXTENSION"),
            nova_processes=nova_processes,
            stock_services=_is_on(environment, "SANDBOX_STOCK_SERVICES"),
            volumes=volumes,
            pinned_cpus=_chosen(environment, "SANDBOX_PINNED_CPUS"),
        )

    def in_use(self) -> "Settings | None":
        """What the cloud in this state folder was last started with."""
        try:
            saved = json.loads(self._settings_file.read_text())
        except FileNotFoundError:
            return None
        # JSON has no tuples.
        saved["stock_processes"] = tuple(saved.get("stock_processes", ()))
        return Settings(state_dir=self.state_dir, **saved)

    def save(self) -> None:
        """Keep these settings in the state folder, for `in_use`."""
        chosen = dataclasses.asdict(self)
        del chosen["state_dir"]
        self._settings_file.write_text(json.dumps(chosen, indent=1) + "\n")

    @property
    def _settings_file(self) -> Path:
        return self.state_dir / "settings.json"

    @property
    def is_fake(self) -> bool:
        """Whether guests are only make-believe (``VIRT=fake`` or ``nfv``)."""
        return self.virt in ("fake", "nfv")

    @property
    def pretends_nfv_host(self) -> bool:
        """Whether guests are only defined, for a host that is not there."""
        return self.virt == "nfv"

    @property
    def pinned_cpu_numbers(self) -> frozenset[int]:
        """The CPUs for pinned guests alone.

        Raises:
            SandboxError: It is not a list of CPUs.
        """
        if self.pinned_cpus == "none":
            return frozenset()
        if not re.fullmatch(r"\d+(-\d+)?(,\d+(-\d+)?)*", self.pinned_cpus):
            raise SandboxError(
                f"SANDBOX_PINNED_CPUS={self.pinned_cpus} is not a list of"
                " CPUs such as 1 or 2-3,6"
            )
        ranges = (part.split("-") for part in self.pinned_cpus.split(","))
        return frozenset(
            number
            for ends in ranges
            for number in range(int(ends[0]), int(ends[-1]) + 1)
        )

    @property
    def has_broker(self) -> bool:
        """Whether it has a message broker, as several processes need."""
        return self.nova_processes != "one"

    @property
    def is_distributed(self) -> bool:
        """Whether Nova has several hosts and cells, on MariaDB."""
        return self.nova_processes == "distributed"

    @property
    def ports(self) -> dict[str, int]:
        """The port on 127.0.0.1 of each API service, by its name.

        The second host of nova-api, if there is one, has its own.
        """
        ports = {
            name: self.port_base + place
            for place, name in enumerate(API_SERVICES)
            if name != "cinder" or self.volumes
        }
        if self.is_distributed:
            ports["nova-api-2"] = self.port_base + _SECOND_API_PORT_OFFSET
        return ports

    @property
    def database_port(self) -> int:
        """MariaDB's port on 127.0.0.1."""
        return self.port_base + _DATABASE_PORT_OFFSET

    @property
    def broker_ports(self) -> dict[str, int]:
        """RabbitMQ's ports on 127.0.0.1: amqp, distribution, epmd."""
        return {
            name: self.port_base + offset
            for name, offset in _BROKER_PORT_OFFSETS.items()
        }

    @property
    def vnc_ports(self) -> range:
        """The ports on 127.0.0.1 that guests' VNC displays may use."""
        first = self.port_base + VNC_PORT_OFFSET
        return range(first, first + VNC_PORT_COUNT)

    def url(self, service: str) -> str:
        """The root URL of an API service, with no slash at its end."""
        return f"http://127.0.0.1:{self.ports[service]}"

    @property
    def domains_dir(self) -> Path:
        """Definitions of guests that are only defined, by servers' ids."""
        return self.var_dir / "domains"

    @property
    def bin_dir(self) -> Path:
        """The folder of the virtual environment's commands."""
        return Path(sys.prefix) / "bin"

    @property
    def novas_names_dir(self) -> Path:
        """Our services under the names of Nova's; early in PATH of some."""
        return self.state_dir / "novas-names"

    @property
    def etc_dir(self) -> Path:
        """Configuration files, a folder for each service."""
        return self.state_dir / "etc"

    @property
    def rules_file(self) -> Path:
        """The operator's rules on overrides; written once, then theirs."""
        return self.etc_dir / "nova" / "image_props_override.yaml"

    @property
    def db_dir(self) -> Path:
        """The SQLite databases."""
        return self.state_dir / "db"

    @property
    def log_dir(self) -> Path:
        """The services' logs, one ``NAME.log`` each."""
        return self.state_dir / "log"

    @property
    def run_dir(self) -> Path:
        """Process records and sockets; empty when the cloud is down."""
        return self.state_dir / "run"

    @property
    def var_dir(self) -> Path:
        """The services' data: images, locks, libvirt's own folders."""
        return self.state_dir / "var"

    @property
    def instances_dir(self) -> Path:
        """Nova's folder of servers, one sub-folder for each server's id."""
        return self.var_dir / "instances"

    def console_log(self, server_id: str) -> Path:
        """The file that a guest's serial console is written to."""
        return self.instances_dir / server_id / "console.log"

    @property
    def libvirt_socket(self) -> Path:
        """The socket of this cloud's own libvirtd."""
        return self.run_dir / "libvirt" / "libvirt-sock"

    @property
    def libvirt_uri(self) -> str:
        """The URI of this cloud's own libvirtd, for virsh and libvirt."""
        return f"qemu+unix:///system?socket={self.libvirt_socket}"

    def client_environment(self, user: str = "admin") -> dict[str, str]:
        """Variables that make clients in a subprocess talk to this cloud.

        Args:
            user: ``admin`` (project admin) or ``demo`` (a plain member of
                project demo).

        Returns:
            The ``OS_*`` variables, a PATH with this environment's commands
            first, and LIBVIRT_DEFAULT_URI; to be laid over ``os.environ``.

        Raises:
            SandboxError: There is no such user.
        """
        if user not in ("admin", "demo"):
            raise SandboxError(f"no user {user!r}: it is admin or demo")
        bin_dir = str(self.bin_dir)
        callers_path = os.environ.get("PATH", os.defpath).split(os.pathsep)
        path = [bin_dir, *(part for part in callers_path if part != bin_dir)]
        return {
            "OS_AUTH_TYPE": "password",
            "OS_AUTH_URL": f"{self.url('keystone')}/v3",
            "OS_USERNAME": user,
            "OS_PASSWORD": PASSWORD,
            "OS_PROJECT_NAME": user,
            "OS_USER_DOMAIN_NAME": "Default",
            "OS_PROJECT_DOMAIN_NAME": "Default",
            "OS_REGION_NAME": REGION,
            "OS_IDENTITY_API_VERSION": "3",
            "LIBVIRT_DEFAULT_URI": self.libvirt_uri,
            "PATH": os.pathsep.join(path),
        }


def _chosen(environment: Mapping[str, str], variable: str) -> str:
    return environment.get(variable) or VARIABLES[variable].default


def _is_on(environment: Mapping[str, str], variable: str) -> bool:
    text = _chosen(environment, variable)
    if text not in ("0", "1"):
        raise SandboxError(f"{variable}={text} is neither 0 nor 1")
    return text == "1"
