# SPDX-License-Identifier: Apache-2.0
"""A cloud starts, stops, fails and is repaired as its user expects.

With Nova's fake driver, so that these run on every machine; what guests add
to it is in `test_cloud_guests`.
"""

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox import accounts, cloud, processes
from sandbox.errors import SandboxError
from sandbox.service_table import services
from sandbox.settings import Settings
from tests import PROJECT
from tests.sandbox.leftovers import leftovers_of


def sandbox_command(settings: Settings, *arguments: str) -> list[str]:
    """``python -m sandbox`` as its user calls it, for this cloud."""
    return [
        "env",
        f"SANDBOX_DIR={settings.state_dir}",
        f"SANDBOX_PORT_BASE={settings.port_base}",
        f"VIRT={settings.virt}",
        *(sys.executable, "-m", "sandbox", *arguments),
    ]


def run(
    settings: Settings, *arguments: str
) -> subprocess.CompletedProcess[str]:
    """Run a command of the sandbox to its end."""
    return subprocess.run(
        sandbox_command(settings, *arguments),
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )


def pids(settings: Settings) -> set[int]:
    """Of all the cloud's processes."""
    return {process.pid for process in cloud.processes_of(settings)}


def test_up_on_a_running_cloud_says_so_and_changes_nothing(
    fake_cloud: Settings,
) -> None:
    """No process of it is started anew."""
    cloud.up(fake_cloud)
    before = pids(fake_cloud)

    again = run(fake_cloud, "up")

    assert again.returncode == 0
    assert "is already running" in again.stdout
    assert pids(fake_cloud) == before


def test_an_interrupted_start_leaves_nothing(fake_cloud: Settings) -> None:
    """SIGTERM when all services are being started, Nova last of them."""
    cloud.up(fake_cloud)
    cloud.down(fake_cloud)
    nova = next(s for s in services(fake_cloud) if s.name == "nova")
    with subprocess.Popen(
        sandbox_command(fake_cloud, "up"),
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as start:
        processes.wait_until(
            lambda: nova.process is not None,
            deadline_seconds=120,
            what="nova is started",
        )
        start.send_signal(signal.SIGTERM)
        output, errors = start.communicate(timeout=60)

    assert start.returncode == 130
    assert "ending what was started" in output
    assert "interrupted" in errors
    assert leftovers_of(fake_cloud) == []


def test_a_crashed_service_is_reported_and_up_repairs_it(
    fake_cloud: Settings,
) -> None:
    """With the end of its log; servers outlive the repair."""
    cloud.up(fake_cloud)
    server = boot_fake_server(fake_cloud)
    glance = next(s for s in services(fake_cloud) if s.name == "glance")
    assert glance.process is not None
    with glance.log.open("a") as log:
        log.write("the very last words of glance\n")
    os.kill(glance.process.pid, signal.SIGKILL)
    processes.wait_until(
        lambda: glance.process is None or not glance.process.is_alive,
        deadline_seconds=10,
        what="glance is gone",
    )

    status = run(fake_cloud, "status")

    assert status.returncode == 1
    assert "glance     crashed" in status.stdout
    assert "nova       running" in status.stdout
    assert "the very last words of glance" in status.stdout

    cloud.up(fake_cloud)

    assert run(fake_cloud, "status").returncode == 0
    compute = accounts.connect(fake_cloud).compute
    assert compute.get_server(server).name == "kept"
    compute.delete_server(server)


def boot_fake_server(settings: Settings) -> str:
    """Boot a server called ``kept``; returns its id."""
    connection = accounts.connect(settings)
    server = connection.create_server(
        "kept", image="guest", flavor="tiny", wait=True, auto_ip=False
    )
    return str(server.id)


def test_down_leaves_nothing_and_status_says_so(fake_cloud: Settings) -> None:
    """A second ``down`` has nothing to do, and succeeds."""
    cloud.up(fake_cloud)

    down = run(fake_cloud, "down")

    assert down.stdout == "the cloud is down\n"
    assert leftovers_of(fake_cloud) == []
    status = run(fake_cloud, "status")
    assert status.returncode == 1
    assert "nova       stopped" in status.stdout
    assert run(fake_cloud, "down").stdout == "no cloud is running\n"


def test_a_cloud_that_was_down_for_long_has_a_host_at_once(
    fake_cloud: Settings,
) -> None:
    """Nova's scheduler forgets a host that was silent for two minutes."""
    cloud.up(fake_cloud)
    cloud.down(fake_cloud)
    with (
        contextlib.closing(
            sqlite3.connect(fake_cloud.db_dir / "nova_cell1.db")
        ) as database,
        database,
    ):
        database.execute("UPDATE services SET last_seen_up = '2020-01-01'")

    cloud.up(fake_cloud)

    compute = accounts.connect(fake_cloud).compute
    (service,) = compute.services(binary="nova-compute")
    assert service.state == "up"


def test_openrc_gives_the_demo_user_its_clients_in_any_folder(
    fake_cloud: Settings, tmp_path: Path
) -> None:
    """Another cloud's variables do not get in the way."""
    cloud.up(fake_cloud)
    script = f"""
        . {PROJECT}/sandbox/openrc demo
        echo "$OS_PROJECT_NAME ${{OS_TOKEN-no other token}}"
        openstack image list -f value -c Name
        nova flavor-list
        python -c 'import openstack as o; print(o.connect().auth["username"])'
        openstack user list
    """
    shell = subprocess.run(
        ["bash", "-c", script],
        cwd=tmp_path,
        env=os.environ
        | {
            "SANDBOX_DIR": str(fake_cloud.state_dir),
            "OS_TOKEN": "of another cloud",
        },
        capture_output=True,
        text=True,
        check=False,
    )

    lines = shell.stdout.splitlines()
    assert lines[0] == "demo no other token"
    assert {"guest", "demo"} <= set(lines)
    assert "installer" in shell.stdout
    assert "not authorized" in shell.stderr
    assert shell.returncode != 0


def test_a_taken_port_is_named_and_nothing_is_started(
    fake_cloud: Settings, new_settings: Callable[..., Settings]
) -> None:
    """A second cloud on the ports of a running one."""
    cloud.up(fake_cloud)
    second = new_settings(port_base=fake_cloud.port_base)

    with pytest.raises(SandboxError) as refusal:
        cloud.up(second)

    port = fake_cloud.ports["neutron"]
    assert f"port {port} of 127.0.0.1, meant for neutron, is taken" in str(
        refusal.value
    )
    assert pids(second) == set()


def test_a_service_that_cannot_start_ends_all_others(
    fake_cloud: Settings,
) -> None:
    """The refusal has the end of the culprit's log."""
    cloud.up(fake_cloud)
    cloud.down(fake_cloud)
    database = fake_cloud.db_dir / "nova_api.db"
    hidden = database.with_suffix(".hidden")
    database.rename(hidden)
    try:
        with pytest.raises(SandboxError) as refusal:
            cloud.up(fake_cloud)
    finally:
        hidden.replace(database)

    assert "nova ended while it started" in str(refusal.value)
    assert "no such table" in str(refusal.value)
    assert leftovers_of(fake_cloud) == []


def test_a_folder_with_other_things_is_refused(
    new_settings: Callable[..., Settings],
) -> None:
    """Neither ``up`` nor ``wipe`` touches it."""
    settings = new_settings()
    settings.state_dir.mkdir()
    precious = settings.state_dir / "precious"
    precious.touch()

    with pytest.raises(SandboxError, match="holds other things"):
        cloud.up(settings)

    assert not cloud.wipe(settings)
    assert precious.exists()
