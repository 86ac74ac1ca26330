# SPDX-License-Identifier: Apache-2.0
"""Start, end, inspect and remove a sandbox cloud."""

import contextlib
import dataclasses
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path

from sandbox import (
    accounts,
    configuration,
    databases,
    images,
    libvirt,
    machine_check,
    mariadb,
    ports,
    processes,
    service_start,
    state_folder,
)
from sandbox.errors import SandboxError
from sandbox.service import CLOUD_VARIABLE, Service
from sandbox.service_start import Listeners, Progress
from sandbox.service_table import services
from sandbox.settings import Settings


@dataclasses.dataclass(frozen=True)
class ServiceStatus:
    """How one service is doing.

    Attributes:
        name: The service.
        state: ``running``, ``starting`` (it lives and does not answer),
            ``crashed`` or ``stopped``.
        log_end: The last lines of its log if it has crashed, else "".
        listens_as: The API service that it is, in `Settings.ports`.
    """

    name: str
    state: str
    log_end: str = ""
    listens_as: str | None = None


class Stopwatch:
    """Prints each step with the seconds since it was made."""

    def __init__(self) -> None:
        """Start at 0."""
        self._start = time.monotonic()

    def __call__(self, step: str) -> None:
        """Print one step."""
        seconds = time.monotonic() - self._start
        print(f"[{seconds:6.1f} s] {step}", flush=True)


def up(settings: Settings, progress: Progress | None = None) -> Settings:
    """Start the cloud; a cloud that runs already is left as it is.

    Args:
        settings: What is asked for.
        progress: Is told each step; the default prints it with the time.

    Returns:
        The settings of the running cloud: with ``virt`` decided, and as it
        was started if it ran already.

    Raises:
        SandboxError: It cannot start, and why. Nothing of it is left
            running; its logs are left to be read.
    """
    tell = progress or Stopwatch()
    state_folder.refuse_foreign(settings)
    with state_folder.alone_in(settings):
        in_use = settings.in_use()
        if in_use is not None:
            _refuse_other_kind(settings, in_use)
            if _is_running(in_use):
                tell(f"the cloud in {settings.state_dir} is already running")
                return in_use
            if _end_everything(in_use):
                tell("ended what was left of an earlier start")
            if in_use.volumes:
                # Its servers may have some of them.
                settings = dataclasses.replace(settings, volumes=True)
        with ports.taken(settings) as (listeners, problems):
            problems = machine_check.start_problems(settings) + problems
            if problems:
                raise SandboxError("\n".join(problems))
            settings = _with_virt_decided(settings, tell)
            try:
                _start(settings, listeners, tell)
            except BaseException:
                with _deaf_to_signals():
                    tell("it failed: ending what was started")
                    _end_everything(settings)
                raise
    return settings


def down(settings: Settings) -> bool:
    """End the cloud and its guests; servers and images are kept.

    Returns:
        Whether there was anything to end.
    """
    in_use = settings.in_use()
    if in_use is None:
        return False
    with state_folder.alone_in(settings):
        return _end_everything(in_use)


def wipe(settings: Settings) -> bool:
    """End the cloud and remove its state folder.

    Returns:
        Whether there was a cloud in that folder.
    """
    if settings.in_use() is None:
        return False
    down(settings)
    shutil.rmtree(settings.state_dir)
    return True


def status(settings: Settings) -> list[ServiceStatus]:
    """How each service of the cloud is doing."""
    in_use = settings.in_use()
    if in_use is None:
        return []
    return [_service_status(service) for service in services(in_use)]


def processes_of(settings: Settings) -> list[processes.Process]:
    """Every process of this cloud: services, what they start, guests."""
    mark = f"{CLOUD_VARIABLE}={settings.state_dir}".encode()
    recorded = {
        service.process.pid: service.process
        for service in services(settings)
        if service.process is not None
    }

    def belongs(folder: Path) -> bool:
        process = recorded.get(int(folder.name))
        if process is not None and process.is_alive:
            return True
        if mark in (folder / "environ").read_bytes().split(b"\0"):
            return True
        return libvirt.is_in_namespace(settings, folder)

    return processes.all_where(belongs)


def _is_running(settings: Settings) -> bool:
    """Whether the cloud was started to the end, and all of it lives.

    Gives services that live and do not answer a while: a busy machine is
    no reason to end a cloud.
    """
    table = services(settings)
    if not _started_marker(settings).exists() or not all(
        service.process is not None and service.process.is_alive
        for service in table
    ):
        return False
    for service in table:
        service_start.wait_for(service)
    return True


def _started_marker(settings: Settings) -> Path:
    return settings.run_dir / "started"


def _service_status(service: Service) -> ServiceStatus:
    process = service.process
    if process is None:
        return ServiceStatus(service.name, "stopped")
    if not process.is_alive:
        return ServiceStatus(
            service.name, "crashed", processes.log_end(service.log)
        )
    state = "running" if service.is_ready() else "starting"
    return ServiceStatus(service.name, state, listens_as=service.listens_as)


def _with_virt_decided(settings: Settings, tell: Progress) -> Settings:
    """The same settings, ``auto`` made ``kvm`` or ``qemu``."""
    if settings.virt not in ("auto", "kvm"):
        return settings
    if machine_check.kvm_works():
        tell("KVM was tried and works: guests use it")
        return dataclasses.replace(settings, virt="kvm")
    if settings.virt == "kvm":
        raise SandboxError(
            "VIRT=kvm, but a trial guest does not run under KVM here: leave"
            " VIRT out, and guests are emulated"
        )
    tell("KVM was tried and does not work here: guests are emulated")
    return dataclasses.replace(settings, virt="qemu")


def _start(settings: Settings, listeners: Listeners, tell: Progress) -> None:
    # First of all: it makes the folder ours, also for the next command.
    settings.save()
    for folder in (settings.log_dir, settings.run_dir, settings.db_dir):
        folder.mkdir(exist_ok=True)
    configuration.write_configuration(settings)
    table = services(settings)
    first = [service for service in table if service.holds_databases]
    if first:
        mariadb.prepare(settings)
        service_start.start_all(settings, first, listeners, tell)
    if not databases.exist(settings):
        tell("creating the databases, which only the first start does")
        databases.create(settings)
        tell("databases are there")
    service_start.start_all(
        settings,
        [service for service in table if service not in first],
        listeners,
        tell,
        ready=[service.name for service in first],
    )
    accounts.fill_nova_and_neutron(settings)
    tell("flavors and network are there")
    images.register(settings)
    tell("images are registered")
    _started_marker(settings).touch()


def _end_everything(settings: Settings) -> bool:
    """End all processes of the cloud, and what they held."""

    def compute() -> list[processes.Process]:
        return [
            process
            for service in services(settings)
            if service.name == "nova" or "nova-compute" in service.name
            if (process := service.process) is not None
        ]

    found = bool(processes_of(settings))
    # First, or it takes guests that end for guests that were shut down.
    processes.stop(compute)
    processes.stop(lambda: processes_of(settings))
    libvirt.remove_tap_devices(settings)
    shutil.rmtree(settings.run_dir, ignore_errors=True)
    return found


def _refuse_other_kind(asked: Settings, in_use: Settings) -> None:
    def kind(settings: Settings) -> str:
        guests = (
            f"make-believe guests (VIRT={settings.virt})"
            if settings.is_fake
            else "real guests"
        )
        # Its servers are in other databases.
        cells = " in two cells" if settings.is_distributed else ""
        return guests + cells

    if kind(asked) != kind(in_use):
        raise SandboxError(
            f"{asked.state_dir} holds a cloud with {kind(in_use)},"
            f" and one with {kind(asked)} is asked for: choose"
            " another folder with SANDBOX_DIR, or remove this one with"
            " `make wipe`"
        )


@contextlib.contextmanager
def _deaf_to_signals() -> Iterator[None]:
    """Let nobody interrupt the clean-up; what comes meanwhile comes after."""
    mask = signal.pthread_sigmask(
        signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
    )
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
