# SPDX-License-Identifier: Apache-2.0
"""What is installed: the wheel, without the sources beside it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
import zipfile
from importlib import metadata
from pathlib import Path, PurePosixPath

import pytest

from tests import PROJECT
from tests.nova_plugin.doctor.doctor_host import novas_paste_file

PACKAGE = "image_props_override"
# What is no module.
_PAGES = f"{PACKAGE}/horizon_plugin"
_GERMAN = f"{_PAGES}/locale/de/LC_MESSAGES"
_STATIC = f"{_PAGES}/static/dashboard/image-props-override"
DATA = {
    f"{PACKAGE}/py.typed",
    f"{PACKAGE}/tempest_plugin/guest/guest-report",
    f"{_GERMAN}/django.mo",
    f"{_GERMAN}/django.po",
    f"{_GERMAN}/djangojs.mo",
    f"{_GERMAN}/djangojs.po",
    f"{_PAGES}/templates/image_props_override/detail_tab.html",
    f"{_STATIC}/api.service.js",
    f"{_STATIC}/changes.service.js",
    f"{_STATIC}/editor.component.js",
    f"{_STATIC}/editor.html",
    f"{_STATIC}/image-props-override.module.js",
    f"{_STATIC}/image-props-override.scss",
    f"{_STATIC}/rebuild.component.js",
    f"{_STATIC}/rebuild.html",
    f"{_STATIC}/server.component.js",
    f"{_STATIC}/server.html",
    f"{_STATIC}/step.controller.js",
    f"{_STATIC}/step.help.html",
    f"{_STATIC}/step.html",
    f"{_STATIC}/table.component.js",
    f"{_STATIC}/table.html",
}
METADATA = {"METADATA", "RECORD", "WHEEL", "entry_points.txt", "LICENSE"}

# By what loads them: who has none of these libraries never imports us.
NO_LIBRARY = {"console_scripts"}
CLIENTS = {
    "heat.clients",
    "novaclient.extension",
    "openstack.cli.complete",
    "openstack.cli.server_create",
    "openstack.cli.server_list",
    "openstack.cli.server_rebuild",
    "openstack.cli.server_set",
    "openstack.cli.server_show",
    "openstack.cli.server_unset",
    "openstack.compute.v2",
    "tempest.test_plugins",
}
# Read by oslo's generators of sample files, and by no service.
GENERATORS = {"oslo.config.opts", "oslo.policy.policies"}
ALL = NO_LIBRARY | CLIENTS | GENERATORS

# Prints, for each of our entry points, whether it can be loaded, and where
# the modules come from.
LOAD = f"""
import json, sys, sysconfig
from importlib import metadata

sys.modules[sys.argv[1]] = None
loaded = {{}}
(distribution,) = metadata.distributions(
    name="nova-image-props-override", path=[sysconfig.get_path("purelib")]
)
for found in distribution.entry_points:
    try:
        found.load()
    except ImportError as error:
        loaded[found.group] = False
    else:
        loaded.setdefault(found.group, True)
import {PACKAGE}
print(json.dumps({{"loaded": loaded, "file": {PACKAGE}.__file__}}))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the wheel, built as for a release."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [
            *(sys.executable, "-m", "hatchling", "build"),
            *("-t", "wheel", "-d", str(folder)),
        ],
        cwd=PROJECT,
        check=True,
        capture_output=True,
        timeout=60,
    )
    (file,) = folder.iterdir()
    return file


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an environment that has the wheel and nothing else."""
    folder = tmp_path_factory.mktemp("installed") / "venv"
    venv.create(folder, symlinks=True)
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "--python", str(folder)),
            *("install", "--quiet", "--no-index", str(wheel)),
        ],
        check=True,
        timeout=60,
    )
    return folder


def run(
    environment: Path, *arguments: str, libraries: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run a command of the environment, elsewhere than in the checkout.

    Args:
        environment: The environment.
        arguments: The command, a name in its ``bin``, and its arguments.
        libraries: A folder of packages that it shall find, too.
    """
    return subprocess.run(
        [str(environment / "bin" / arguments[0]), *arguments[1:]],
        cwd=environment,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": libraries},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_files(wheel: Path) -> None:
    """Every module, the data that they read, and nothing else."""
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    sources = PROJECT / "src"
    modules = {
        str(path.relative_to(sources))
        for path in (sources / PACKAGE).rglob("*.py")
    }
    described = {name for name in names if ".dist-info/" in name}
    assert names - described == modules | DATA
    assert {PurePosixPath(name).name for name in described} == METADATA


def test_needs_nothing(wheel: Path) -> None:
    """Without an extra, no package comes along."""
    (found,) = metadata.distributions(
        name="nova-image-props-override", path=[str(wheel)]
    )
    assert found.requires
    assert all("extra ==" in each for each in found.requires)


def test_core_without_any_library(environment: Path) -> None:
    """All of the core can be imported where there is nothing else."""
    program = f"""
import importlib, pkgutil, {PACKAGE}.core as core
for module in pkgutil.walk_packages(core.__path__, core.__name__ + "."):
    print(importlib.import_module(module.name).__file__)
"""
    ran = run(environment, "python", "-c", program)
    assert ran.returncode == 0, ran.stderr
    files = ran.stdout.split()
    assert len(files) > 20
    assert all(Path(file).is_relative_to(environment) for file in files)


def test_paste_without_any_library(environment: Path) -> None:
    """The command switches overriding on where there is no Nova."""
    file = environment / "api-paste.ini"
    file.write_bytes(novas_paste_file().read_bytes())
    ran = run(
        environment, "image-props-override", "paste", "--apply", file.name
    )
    assert ran.returncode == 0, ran.stderr
    assert file.read_text().count(PACKAGE) == 3


@pytest.mark.parametrize(
    "command", ["nova-compute-image-props", "nova-conductor-image-props"]
)
def test_services_without_nova(environment: Path, command: str) -> None:
    """They say what they lack."""
    ran = run(environment, command)
    assert ran.returncode
    assert "No module named 'nova'" in ran.stderr


@pytest.mark.parametrize(
    ("missing", "unloadable"),
    [
        ("all", ALL - NO_LIBRARY),
        ("nova", {"oslo.policy.policies"}),
        # Whose options and Nova's cannot be in one process.
        ("heat", {"heat.clients"}),
    ],
)
def test_entry_points(
    environment: Path, missing: str, unloadable: set[str]
) -> None:
    """Each loads with the libraries of who asks for it; clients need no Nova.

    There are none of Nova's own groups: a Nova that is not switched on loads
    nothing of ours.
    """
    installed = metadata.distribution("nova").locate_file("")
    libraries = "" if missing == "all" else str(installed)
    ran = run(
        environment,
        "python",
        "-W",
        "ignore",
        "-c",
        LOAD,
        missing,
        libraries=libraries,
    )
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    assert Path(told["file"]).is_relative_to(environment)
    assert told["loaded"].keys() == ALL
    assert {
        group for group, is_loaded in told["loaded"].items() if not is_loaded
    } == unloadable
