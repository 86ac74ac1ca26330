# SPDX-License-Identifier: Apache-2.0
"""The commands are Nova's own services, but for the name of a class."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
from pathlib import Path

import pytest

# Stands in for the service, which would want a message broker and a database.
PROGRAM = """
import sys
from unittest import mock
from importlib.metadata import distribution

sys.argv[0] = "/usr/bin/{command}"
(script,) = (
    each
    for package in ("nova", "nova-image-props-override")
    for each in distribution(package).entry_points
    if each.name == "{command}"
)
main = script.load()
if "{command}".endswith("props"):
    assert not any(name.split(".")[0] == "nova" for name in sys.modules)
from nova.cmd import {module}
from nova import service

def create(**arguments):
    eventlet = sys.modules.get("eventlet.patcher")
    manager = service.SERVICE_MANAGERS[arguments["binary"]]
    print("told manager", manager)
    patched = eventlet and eventlet.is_monkey_patched("thread")
    print("told eventlet", patched)
    print("told log", module.CONF.debug)
    raise SystemExit(7)

module = {module}
with mock.patch.object(service.Service, "create", create):
    main()
"""


@pytest.mark.parametrize(
    ("module", "name"),
    [("compute", "ComputeManager"), ("conductor", "ConductorManager")],
)
def test_command(tmp_path: Path, module: str, name: str) -> None:
    """It runs Nova's main with our manager, and Nova's files."""
    # Where oslo.config looks for nova.conf, and nova-<service>.conf, too.
    folder = tmp_path / ".nova"
    folder.mkdir()
    (folder / "nova.conf").write_text(
        "[DEFAULT]\ntransport_url = fake:/\nlog_dir =\n"
    )
    (folder / f"nova-{module}.conf").write_text("[DEFAULT]\ndebug = true\n")
    ours = run_command(f"nova-{module}-image-props", module, tmp_path)
    novas = run_command(f"nova-{module}", module, tmp_path)
    manager = f"image_props_override.nova_plugin.services.{module}_manager"
    assert ours.pop("manager") == f"{manager}.{name}"
    assert novas.pop("manager") == f"nova.{module}.manager.{name}"
    # Threads or eventlet, as this Nova has it, and the log's level is from
    # the file that is named after Nova's own service.
    assert ours == novas
    assert ours["log"] == "True"


def run_command(command: str, module: str, home: Path) -> dict[str, str]:
    """Return what a command's service has told, beside Nova's log."""
    ran = subprocess.run(
        [
            *(sys.executable, "-W", "ignore", "-c"),
            PROGRAM.format(command=command, module=module),
        ],
        env={"HOME": str(home), "PATH": ""},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 7, ran.stderr
    lines = [line.split() for line in ran.stdout.splitlines()]
    return {words[1]: words[2] for words in lines if words[0] == "told"}


# The same, for a script that is started by another name.
LINKED = """
import runpy
import sys
from unittest import mock

from nova.cmd import {module}
from nova import service

def create(**arguments):
    print("manager", service.SERVICE_MANAGERS[arguments["binary"]])
    print("program", {module}.CONF.prog)
    print("log", {module}.CONF.debug)
    raise SystemExit(7)

with mock.patch.object(service.Service, "create", create):
    runpy.run_path({link!r}, run_name="__main__")
"""


@pytest.mark.parametrize("module", ["compute", "conductor"])
def test_link_under_novas_name(tmp_path: Path, module: str) -> None:
    """A link named as Nova's service starts ours, and it has that name."""
    name = f"nova-{module}"
    link = tmp_path / name
    link.symlink_to(Path(sys.prefix) / "bin" / f"{name}-image-props")
    folder = tmp_path / ".nova"
    folder.mkdir()
    (folder / "nova.conf").write_text(
        "[DEFAULT]\ntransport_url = fake:/\nlog_dir =\n"
    )
    (folder / f"{name}.conf").write_text("[DEFAULT]\ndebug = true\n")
    ran = subprocess.run(
        [
            *(sys.executable, "-W", "ignore", "-c"),
            LINKED.format(module=module, link=str(link)),
        ],
        env={"HOME": str(tmp_path), "PATH": ""},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 7, ran.stderr
    told = dict(line.split(maxsplit=1) for line in ran.stdout.splitlines())
    manager = f"image_props_override.nova_plugin.services.{module}_manager"
    assert told["manager"].startswith(f"{manager}.")
    assert told["program"] == name
    assert told["log"] == "True"


def test_link_without_the_package(tmp_path: Path) -> None:
    """Once the package is removed, the name leads to Nova's own again."""
    links = tmp_path / "links"
    novas = tmp_path / "novas"
    for folder in (links, novas):
        folder.mkdir()
    ours = novas / "nova-compute-image-props"
    (links / "nova-compute").symlink_to(ours)
    for script, words in ((ours, "ours"), (novas / "nova-compute", "Nova's")):
        script.write_text(f'#!/bin/sh\necho "{words}"\n')
        script.chmod(0o755)

    def started() -> str:
        return subprocess.run(
            ["nova-compute"],
            env={"PATH": f"{links}:{novas}:/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()

    assert started() == "ours"
    ours.unlink()
    assert started() == "Nova's"


def test_installed() -> None:
    """Both are installed with the package."""
    package = importlib.metadata.distribution("nova-image-props-override")
    names = {script.name for script in package.entry_points}
    assert {"nova-compute-image-props", "nova-conductor-image-props"} <= names
