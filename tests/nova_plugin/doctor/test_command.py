# SPDX-License-Identifier: Apache-2.0
"""The doctor as an operator runs it: a process, its files, a database."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy
from nova.db.api import models
from sqlalchemy import orm

from image_props_override.nova_plugin.doctor.checks import CHECKS
from tests.nova_plugin.doctor.doctor_host import FACTORIES, paste_file_with

# As the entry point in pyproject.toml does.
PROGRAM = (
    "import sys; "
    "from image_props_override.nova_plugin.command_line import main; "
    "sys.exit(main())"
)
AGGREGATE = "2a9b3c54-0c3d-4b6e-8f0a-3d1f0d2d9a11"
PASSWORD = "correct-horse"

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs the doctor for the files in the temporary folder."""

    def run_doctor(
        *arguments: str, environment: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        if environment is None:
            environment = {"OS_NOVA_CONFIG_DIR": str(tmp_path)}
        return subprocess.run(
            [sys.executable, "-c", PROGRAM, "doctor", *arguments],
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(tmp_path),
                **environment,
            },
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run_doctor


def write_nova_conf(folder: Path, database: str, ours: str = "") -> None:
    """Write a nova.conf."""
    (folder / "nova.conf").write_text(
        f"[api_database]\nconnection = {database}\n"
        "[filter_scheduler]\n"
        "enabled_filters = AggregateImagePropertiesIsolation\n"
        f"[image_props_override]\n{ours}\n"
    )


def make_database(folder: Path) -> str:
    """Return the URL of Nova's API database with one aggregate in it."""
    url = f"sqlite:///{folder}/api.sqlite"
    engine = sqlalchemy.create_engine(url)
    models.BASE.metadata.create_all(engine)
    with orm.Session(engine) as session:
        session.add(models.Aggregate(id=1, uuid=AGGREGATE, name="licensed"))
        session.add(
            models.AggregateMetadata(
                aggregate_id=1, key="os_distro", value="windows"
            )
        )
        session.commit()
    engine.dispose()
    return url


def test_good_host(tmp_path: Path, run: Run) -> None:
    """Where all is well, the status is 0 and nothing else is printed."""
    (tmp_path / "api-paste.ini").write_text(paste_file_with(*FACTORIES))
    write_nova_conf(tmp_path, make_database(tmp_path))
    done = run()
    assert done.returncode == 0, done.stdout
    assert done.stderr == ""
    assert done.stdout.count("Success: ") == len(CHECKS)
    assert "os_distro: licensed" in done.stdout


def test_broken_host(tmp_path: Path, run: Run) -> None:
    """All that is wrong is told at once, with status 2 and no password."""
    (tmp_path / "api-paste.ini").write_text(
        paste_file_with("app:oscomputeversionapp")
    )
    (tmp_path / "rules.yaml").write_text("rules: [{action: allow}]")
    write_nova_conf(
        tmp_path,
        f"mysql+pymysql://nova:{PASSWORD}@127.0.0.1:1/nova_api",
        f"deny = hw_video_rom\nrules_file = {tmp_path / 'rules.yaml'}",
    )
    done = run()
    assert done.returncode == 2
    assert done.stderr == ""
    for told in (
        "2 of 3 lines are missing",
        "[app:osapi_compute_app_v21]",
        "deny: hw_video_rom",
        "'properties' is a required property",
        "Warning: Rebuild and rescue",
    ):
        # Lines are wrapped where the names in them happen to end.
        assert told in " ".join(done.stdout.split())
    assert PASSWORD not in done.stdout


def test_database_down(tmp_path: Path, run: Run) -> None:
    """A database that cannot be opened is a warning: status 1.

    The files are named by options here, and the answer is JSON.
    """
    paste = tmp_path / "paste.ini"
    paste.write_text(paste_file_with(*FACTORIES))
    write_nova_conf(tmp_path, f"sqlite:///{tmp_path}/missing/api.sqlite")
    done = run(
        *("--config-file", str(tmp_path / "nova.conf")),
        *("--paste-file", str(paste), "--json"),
        environment={},
    )
    assert done.returncode == 1, done.stdout
    assert done.stderr == ""
    results = {
        each["check"]: each for each in json.loads(done.stdout)["checks"]
    }
    assert results.keys() == CHECKS.keys()
    assert results["Isolation of hosts"]["result"] == 1
    assert "Cannot read" in results["Isolation of hosts"]["details"]


def test_no_nova_conf(run: Run) -> None:
    """Without nova.conf nothing can be said: status 255, and the mend."""
    done = run()
    assert done.returncode == 255
    assert done.stdout == ""
    assert "nova.conf" in done.stderr
    assert "--config-file" in done.stderr
