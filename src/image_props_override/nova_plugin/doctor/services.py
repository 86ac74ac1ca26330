# SPDX-License-Identifier: Apache-2.0
"""Which services keep overrides through rebuild, rescue and unshelve?"""

from __future__ import annotations

import contextlib
import functools
import queue
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from nova import context, objects, rpc, servicegroup
from oslo_config import cfg
from oslo_upgradecheck.upgradecheck import Code

from image_props_override.nova_plugin.doctor.findings import Finding
from image_props_override.nova_plugin.lifecycle.service_support import (
    ANSWER_TIMEOUT_SECONDS,
    Support,
    support_of_compute,
    support_of_conductor,
)

_BINARIES = {
    "nova-conductor": support_of_conductor,
    "nova-compute": support_of_compute,
}

# Who does not answer holds up a thread until the time is over.
_THREADS = 32

# How long to wait for the next answer.
_PATIENCE_SECONDS = ANSWER_TIMEOUT_SECONDS + 2

_DOWN = "is reported down"


@dataclass(frozen=True)
class RunningService:
    """A service in Nova's list of services.

    Attributes:
        binary: The name that Nova has for it, whatever command started it.
        host: The host that it runs on.
        is_up: Whether it has reported lately.
        ask: Returns what it does with overrides.
    """

    binary: str
    host: str
    is_up: bool
    ask: Callable[[], Support]


def check_services(
    read_services: Callable[[], Sequence[RunningService]],
    require_services: bool,
) -> Finding:
    """Return what becomes of overrides when services read images again.

    Args:
        read_services: Returns each nova-conductor and nova-compute.
        require_services: The option.
    """
    try:
        services = read_services()
    except Exception as error:
        # Without its message, which may tell passwords.
        return Finding(
            Code.WARNING,
            (
                "Cannot list Nova's services, because its databases or its "
                f"messaging cannot be used: {type(error).__name__}. Until "
                "that is fixed, servers with overrides cannot be rebuilt or "
                "rescued.",
            ),
        )
    if not services:
        return Finding(Code.SUCCESS, ("There are no services yet",))
    hosts = _hosts_by_answer(services)
    lines = tuple(
        f"  {binary} {answer}: {', '.join(sorted(names))}"
        for (binary, answer), names in sorted(hosts.items())
    )
    lacking = {
        binary for binary, answer in hosts if answer != Support.REAPPLIES.value
    }
    if not lacking:
        return Finding(Code.SUCCESS, lines)
    consequence = (
        "is refused"
        if require_services
        else "drops its overrides (require_services = false)"
    )
    return Finding(
        Code.WARNING,
        (
            *lines,
            "A rebuild or rescue of a server with overrides needs a "
            "nova-conductor and the server's nova-compute that re-apply "
            f"them; elsewhere it {consequence}.",
            *_advice(hosts),
        ),
    )


def _advice(hosts: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Return what to do about services, by what each of them does."""
    by_answer = defaultdict(set)
    for binary, answer in hosts:
        by_answer[answer].add(binary)
    if stock := by_answer[Support.STOCK.value]:
        commands = " and ".join(
            f"{each}-image-props" for each in sorted(stock)
        )
        yield (
            f"Where they are not re-applied, start {commands} instead of "
            "Nova's own."
        )
    if by_answer[Support.OTHER_RELEASE.value]:
        yield (
            "Where another release of nova-image-props-override runs, "
            "install this one and restart the service."
        )
    if by_answer[Support.SILENT.value] or by_answer[_DOWN]:
        yield (
            "A service that is down or does not answer cannot be checked: "
            "make sure that it runs and reaches the message broker, then "
            "run the doctor again."
        )


def _hosts_by_answer(
    services: Sequence[RunningService],
) -> dict[tuple[str, str], set[str]]:
    """Return the hosts by service and what it does."""
    hosts = defaultdict(set)
    up = [each for each in services if each.is_up]
    supports = _ask_all([each.ask for each in up])
    for service, support in zip(up, supports):
        hosts[service.binary, support.value].add(service.host)
    for service in services:
        if not service.is_up:
            hosts[service.binary, _DOWN].add(service.host)
    return dict(hosts)


def _ask_all(questions: Sequence[Callable[[], Support]]) -> list[Support]:
    """Return the answers in the order of the questions."""
    supports = [Support.SILENT] * len(questions)
    waiting = queue.SimpleQueue[int]()
    answered = queue.SimpleQueue[tuple[int, Support]]()
    for number in range(len(questions)):
        waiting.put(number)

    def ask() -> None:
        with contextlib.suppress(queue.Empty):
            while True:
                number = waiting.get_nowait()
                answered.put((number, questions[number]()))

    # Daemons: where there is no message broker they would wait for ever,
    # because Nova's RPC does.
    for _ in range(min(_THREADS, len(questions))):
        threading.Thread(target=ask, daemon=True).start()
    with contextlib.suppress(queue.Empty):
        for _ in questions:
            number, support = answered.get(timeout=_PATIENCE_SECONDS)
            supports[number] = support
    return supports


def services_of_nova(conf: cfg.ConfigOpts) -> list[RunningService]:
    """Return each nova-conductor and nova-compute of every cell."""
    # Nova would try ten times, ten seconds apart.
    conf.set_override("max_retries", 0, group="database")
    if rpc.TRANSPORT is None:
        rpc.init(conf)
    admin = context.get_admin_context()
    return [
        service
        for cell in objects.CellMappingList.get_all(admin)
        for service in _services_of_cell(admin, cell)
    ]


def _services_of_cell(
    admin: context.RequestContext, cell: objects.CellMapping
) -> Iterator[RunningService]:
    group = servicegroup.API()
    with context.target_cell(admin, cell) as targeted:
        for binary, support_of in _BINARIES.items():
            for each in objects.ServiceList.get_by_binary(
                targeted, binary, include_disabled=True
            ):
                yield RunningService(
                    binary,
                    each.host,
                    bool(group.service_is_up(each)),
                    functools.partial(support_of, targeted, each.host),
                )
