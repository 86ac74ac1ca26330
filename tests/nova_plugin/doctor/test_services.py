# SPDX-License-Identifier: Apache-2.0
"""The doctor tells which services keep overrides, and which do not."""

from __future__ import annotations

import threading

import pytest
from oslo_upgradecheck.upgradecheck import Code

from image_props_override.nova_plugin.doctor import services as doctor_services
from image_props_override.nova_plugin.doctor.services import (
    RunningService,
    check_services,
)
from image_props_override.nova_plugin.lifecycle.service_support import Support
from tests.nova_plugin.doctor.doctor_host import text_of


def service(
    binary: str, host: str, support: Support, *, is_up: bool = True
) -> RunningService:
    """Return a service with a known answer."""
    return RunningService(f"nova-{binary}", host, is_up, lambda: support)


OURS = [
    service("conductor", "c1", Support.REAPPLIES),
    service("compute", "h1", Support.REAPPLIES),
    service("compute", "h2", Support.REAPPLIES),
]


def test_all_ours() -> None:
    """Where all re-apply overrides, all is well."""
    finding = check_services(lambda: OURS, require_services=True)
    assert finding.code is Code.SUCCESS
    assert finding.details == (
        "  nova-compute re-applies overrides: h1, h2",
        "  nova-conductor re-applies overrides: c1",
    )


@pytest.mark.parametrize("require_services", [True, False])
def test_mixed(require_services: bool) -> None:
    """Hosts are named by what they do, with the mend of each kind."""
    services = [
        *OURS,
        service("compute", "h3", Support.STOCK),
        service("compute", "h4", Support.SILENT),
        service("compute", "h5", Support.OTHER_RELEASE),
        # It cannot be asked, so it is not.
        service("compute", "h6", Support.REAPPLIES, is_up=False),
    ]
    finding = check_services(lambda: services, require_services)
    assert finding.code is Code.WARNING
    assert finding.details[:6] == (
        "  nova-compute does not answer: h4",
        "  nova-compute does not re-apply overrides: h3",
        "  nova-compute has another release of nova-image-props-override: h5",
        "  nova-compute is reported down: h6",
        "  nova-compute re-applies overrides: h1, h2",
        "  nova-conductor re-applies overrides: c1",
    )
    consequence, stock, other_release, silent = finding.details[6:]
    assert ("is refused" in consequence) is require_services
    assert ("drops its overrides" in consequence) is not require_services
    assert "start nova-compute-image-props instead of Nova's own" in stock
    assert "nova-conductor-image-props" not in stock
    assert "install this one" in other_release
    assert "message broker" in silent


@pytest.mark.parametrize(
    "silent",
    [
        service("compute", "h3", Support.SILENT),
        service("compute", "h3", Support.REAPPLIES, is_up=False),
    ],
    ids=["silent", "down"],
)
def test_silence_is_no_stock_service(silent: RunningService) -> None:
    """Nobody is told to replace what may be ours already."""
    finding = check_services(lambda: [*OURS, silent], require_services=True)
    assert finding.code is Code.WARNING
    assert "-image-props in" not in text_of(finding)
    assert "make sure that it runs" in text_of(finding)


def test_stock_conductor() -> None:
    """One nova-conductor that is Nova's own is enough for a warning."""
    services = [*OURS, service("conductor", "c2", Support.STOCK)]
    finding = check_services(lambda: services, require_services=True)
    assert finding.code is Code.WARNING
    assert "start nova-conductor-image-props in" in finding.details[-1]


def test_none() -> None:
    """A cloud without hosts has nothing to mend."""
    finding = check_services(list, require_services=True)
    assert finding.code is Code.SUCCESS


def test_unreadable() -> None:
    """Whatever keeps the doctor from asking is a warning without secrets."""

    def fail() -> list[RunningService]:
        raise OSError("rabbit://nova:secret@broker")

    finding = check_services(fail, require_services=True)
    assert finding.code is Code.WARNING
    assert "OSError" in text_of(finding)
    assert "secret" not in text_of(finding)


def test_asked_at_once() -> None:
    """Hosts are asked together: here each waits for all others."""
    together = threading.Barrier(20)

    def ask() -> Support:
        together.wait(timeout=60)
        return Support.REAPPLIES

    computes = [
        RunningService("nova-compute", f"h{number}", True, ask)
        for number in range(20)
    ]
    finding = check_services(lambda: computes, require_services=True)
    assert finding.code is Code.SUCCESS


def test_no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Nova's messaging would wait for ever, the doctor does not."""
    monkeypatch.setattr(doctor_services, "_PATIENCE_SECONDS", 0.2)
    reached = threading.Event()

    def ask() -> Support:
        reached.wait()
        return Support.REAPPLIES

    stuck = RunningService("nova-compute", "h1", True, ask)
    finding = check_services(lambda: [stuck], require_services=True)
    reached.set()
    assert finding.code is Code.WARNING
    assert finding.details[0] == "  nova-compute does not answer: h1"
