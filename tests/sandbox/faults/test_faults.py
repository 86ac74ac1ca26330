# SPDX-License-Identifier: Apache-2.0
"""No fault leaves a server with half of its overrides, or with foreign ones.

``make test`` tries a few faults; ``make test-faults`` all of them, and writes
docs/evidence/faults.md.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox import broker
from sandbox import cloud as sandbox_cloud
from sandbox.settings import Settings
from tests.sandbox import lacking
from tests.sandbox.conftest import free_port_base
from tests.sandbox.faults.case import Case, Outcome
from tests.sandbox.faults.faulty_cloud import (
    VOLUMES,
    Api,
    FaultyCloud,
    api_of,
    running,
)
from tests.sandbox.faults.injections import Fault, all_faults
from tests.sandbox.faults.operations import (
    BOOTED,
    NEW,
    OPERATIONS,
    Operation,
)
from tests.sandbox.faults.table import PAGE, Table
from tests.sandbox.leftovers import leftovers_of

# On a busy machine a fault may end sooner for one of two operations than for
# the other. What differs each time differs by overrides.
_ATTEMPTS = 3
_ALL = bool(os.environ.get("FAULTS"))
# One of each kind.
_QUICK = (
    ("glance gone in the middle", "rebuild"),
    ("database refuses to write request_specs", "update"),
    ("nova-api killed in the middle", "create"),
)
ROWS = [
    pytest.param(fault, operation, id=f"{fault.name}: {operation.name}")
    for fault in all_faults()
    for operation in OPERATIONS
    # Nothing else ever asks Cinder.
    if operation.needs_volumes == fault.name.startswith(VOLUMES)
    if _ALL or (fault.name, operation.name) in _QUICK
]


@pytest.fixture(scope="module")
def faulty_cloud() -> Iterator[FaultyCloud]:
    """A cloud of separate processes, with proxies around its Nova."""
    if not broker.is_installed():
        lacking.skip_but_fail_in_ci(
            "RabbitMQ is missing: run sandbox/install --with-broker"
        )
    # Not pytest's own folder: its path is long, and sockets have a limit.
    folder = Path(tempfile.mkdtemp(prefix="sandbox-test-"))
    first = int(os.environ.get("SANDBOX_PORT_BASE") or 32000)
    settings = Settings(
        state_dir=folder / "cloud",
        port_base=free_port_base(first),
        virt="fake",
        nova_processes="separate",
        volumes=_ALL,
    )
    try:
        with running(settings) as up:
            yield up
    finally:
        sandbox_cloud.wipe(settings)
        shutil.rmtree(folder)
        assert leftovers_of(settings) == []


@pytest.fixture(scope="module")
def api(faulty_cloud: FaultyCloud) -> Api:
    """Its Nova, without a proxy."""
    return api_of(faulty_cloud)


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Table:
    """What is seen: docs/evidence/faults.md if all of it is."""
    scratch = tmp_path_factory.mktemp("faults") / "faults.md"
    return Table(PAGE if _ALL else scratch)


@pytest.fixture(scope="module")
def traffic() -> dict[tuple[str, str, bool], int]:
    """How much is sent when nothing is wrong; measured once."""
    return {}


@pytest.mark.parametrize(("fault", "operation"), ROWS)
def test_all_overrides_or_none(
    faulty_cloud: FaultyCloud,
    api: Api,
    table: Table,
    traffic: dict[tuple[str, str, bool], int],
    fault: Fault,
    operation: Operation,
) -> None:
    """As without overrides, and the next operation works."""
    case = Case(faulty_cloud, api, operation)
    for attempt in range(_ATTEMPTS):
        numbers = {
            overriding: middle_of(case, fault, traffic, overriding)
            for overriding in (True, False)
        }
        if fault.measure and not numbers[True]:
            table.skip(fault.name, operation.name, "nothing is sent")
            pytest.skip(f"{operation.name}: nothing is sent")
        with_, without = (
            case.outcome(fault, number, overriding=overriding)
            for overriding, number in numbers.items()
        )
        check_overrides(case, with_, without)
        try:
            assert with_.is_meant, f"the fault never came: {with_}"
            assert without.is_meant, f"the fault never came: {without}"
            table.add(fault.name, operation.name, with_, without)
            check_as_nova(case, with_, without, fault)
        except AssertionError:
            if attempt == _ATTEMPTS - 1:
                raise
            # A process that has just begun asks more than a later one.
            traffic.clear()
        else:
            return


def middle_of(
    case: Case,
    fault: Fault,
    traffic: dict[tuple[str, str, bool], int],
    overriding: bool,
) -> int:
    """Return the number of the message half-way; 0 if there is none."""
    if fault.measure is None:
        return 0
    key = (fault.measure, case.operation.name, overriding)
    if key not in traffic:
        traffic[key] = case.traffic(fault.measure, overriding)
    return (traffic[key] + 1) // 2


def check_overrides(case: Case, with_: Outcome, without: Outcome) -> None:
    """Check that all of the request's are recorded, or those from before."""
    both = f"\nwith overrides: {with_}\nwithout: {without}"
    before = {} if case.operation.creates else BOOTED
    asked = case.asked(overriding=True)
    allowed = [before] if asked is None else [before, asked]
    if case.operation.creates:
        allowed = [asked or {}]
    if with_.shown is not None:
        assert with_.shown in allowed, both
    if with_.answer == 409 and with_.shown is not None:
        assert with_.shown == before, both
    if with_.recorded is not None:
        assert with_.shown == with_.recorded, both
        assert with_.half == (), both
        if with_.answer == 200 and asked is NEW:
            assert with_.recorded == NEW, both
    assert not without.recorded, both


def check_as_nova(
    case: Case, with_: Outcome, without: Outcome, fault: Fault
) -> None:
    """Check that overrides make no difference to answer and state."""
    both = f"\nwith overrides: {with_}\nwithout: {without}"
    name = case.operation.name
    # Without overrides, an update only renames the server, and nobody asks
    # for rules, or whether services keep overrides.
    refused = with_.answer == 409 and "does not answer" in with_.text
    if name != "update" and "rules" not in fault.name and not refused:
        assert with_.answer // 100 == without.answer // 100, both
        assert with_.state == without.state, both
    # What stock Nova cannot do either is not ours to do.
    if "FAILED" not in without.next_operation:
        assert "FAILED" not in with_.next_operation, both
