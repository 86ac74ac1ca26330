# SPDX-License-Identifier: Apache-2.0
"""Starts Nova's services and the command line, with overriding and without."""

from __future__ import annotations

import importlib.metadata
import itertools
import json
import os
import subprocess
import sys
import sysconfig
import tempfile
import time
import uuid
from pathlib import Path
from typing import Final

from benchmarks import clouds
from benchmarks.results import CHECKOUT, Results, in_random_order
from benchmarks.showing.service_start import COMMAND, Client, Nova
from image_props_override.nova_plugin.install.paste_file import (
    with_our_factories,
)
from image_props_override.nova_plugin.services.main import MANAGERS
from sandbox import accounts
from sandbox.settings import Settings

ROUNDS: Final = 8
_BINARIES: Final = ("nova-api", "nova-conductor", "nova-compute")
_DISTRIBUTION: Final = "nova_image_props_override"

# As nova.api.openstack.wsgi_app does, but for its databases, which would have
# to be there. What every process of Nova imports is not timed: it takes
# seconds, which differ by more than what is looked for.
_HEAD: Final = """
import gc
import json
import os
import sys
import time

{imports}

# Python's collector looks through all of Nova's modules now and then, which
# takes some 130 ms: whether that happens below is a matter of chance.
gc.collect()
gc.freeze()
start = time.process_time()
{timed}
seconds = time.process_time() - start
with open("/proc/self/statm") as file:
    pages = int(file.read().split()[1])
print(json.dumps({{
    "cpu_ms": seconds * 1000,
    "memory_mib": pages * os.sysconf("SC_PAGE_SIZE") / 2**20,
    "ours": any(name.startswith("image_props") for name in sys.modules),
    "driver": "nova.virt.libvirt" in sys.modules,
    "compute": "nova.compute.manager" in sys.modules,
}}))
"""
_API: Final = _HEAD.format(
    imports="""
from nova import config, policy
from nova.api.openstack import compute, wsgi_app
from nova.api.openstack.compute import versions
from paste import deploy

config.parse_args(
    ["nova-api"],
    default_config_files=[sys.argv[1]],
    configure_db=False,
)
""",
    timed="""
deploy.loadapp(f"config:{sys.argv[2]}", name="osapi_compute")
# As a stock worker does at its first request.
policy.init()
""",
)
# Nova's own manager is imported by both, and nova-compute loads a driver.
_SERVICE: Final = _HEAD.format(
    imports="""
import importlib

def manager(name):
    module, _, class_name = name.rpartition(".")
    return getattr(importlib.import_module(module), class_name)

importlib.import_module("nova.cmd." + sys.argv[1].removeprefix("nova-"))
from nova import service
manager(service.SERVICE_MANAGERS[sys.argv[1]])
if sys.argv[1] == "nova-compute":
    importlib.import_module("nova.virt.libvirt.driver")
""",
    timed="""
if sys.argv[2]:
    import image_props_override.nova_plugin.services.main
    manager(sys.argv[2])
""",
)


def measure(results: Results, rounds: int = ROUNDS) -> None:
    """Start everything in random order.

    Args:
        results: Where to add the samples.
        rounds: How many.
    """
    with tempfile.TemporaryDirectory() as folder:
        for number, (binary, subject) in in_random_order(
            rounds, [*itertools.product(_BINARIES, Nova)]
        ):
            figures = start(binary, subject, Path(folder))
            results.add(binary, subject, number, **figures)
        with clouds.running("fake") as settings:
            _create_servers(results, rounds, Path(folder), settings)


def start(binary: str, subject: Nova, folder: Path) -> dict[str, float]:
    """Start a process, and return what it took, by metric.

    Args:
        binary: The name of a service of Nova.
        subject: Whose it is.
        folder: For configuration files.
    """
    if binary == "nova-api":
        nova_conf = folder / "nova.conf"
        nova_conf.write_text("[DEFAULT]\ntransport_url = fake:/\n")
        paste = _novas_paste_file()
        if subject is Nova.OURS:
            paste = with_our_factories(paste)
        api_paste = folder / "api-paste.ini"
        api_paste.write_bytes(paste)
        code, words = _API, [str(nova_conf), str(api_paste)]
    else:
        ours = MANAGERS[binary] if subject is Nova.OURS else ""
        code, words = _SERVICE, [binary, ours]
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, *words],
        env={**os.environ, "OS_NOVA_DISABLE_EVENTLET_PATCHING": "true"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    figures: dict[str, float] = json.loads(ran.stdout)
    # A stock process imports nothing of ours, and only nova-compute what it
    # alone needs.
    assert figures.pop("ours") is (subject is Nova.OURS)
    for name in ("driver", "compute"):
        assert not figures.pop(name) or binary == "nova-compute"
    return figures


def _novas_paste_file() -> bytes:
    (file,) = (
        file
        for file in importlib.metadata.files("nova") or []
        if file.name == "api-paste.ini"
    )
    return Path(str(file.locate())).read_bytes()


def _create_servers(
    results: Results, rounds: int, folder: Path, settings: Settings
) -> None:
    """Run the command, each time in a process of its own."""
    environment = {
        **os.environ,
        **settings.client_environment(),
        # stevedore's cache of entry points is one for each set of packages.
        "XDG_CACHE_HOME": str(folder),
    }
    with_support = os.pathsep.join(
        (str(_packages(folder / "with", "")), str(CHECKOUT / "src"))
    )
    without = str(_packages(folder / "without", _DISTRIBUTION))
    compute = accounts.connect(settings).compute
    for number, client in in_random_order(rounds, [*Client]):
        command = [
            *(sys.executable, "-S", "-m", "openstackclient.shell"),
            *("server", "create", "--image", "guest", "--flavor", "tiny"),
            *("--nic", "none", "-f", "value", "-c", "id"),
            *client.options,
            uuid.uuid4().hex,
        ]
        path = without if client is Client.WITHOUT else with_support
        begin = time.monotonic()
        process = subprocess.Popen(
            command,
            env={**environment, "PYTHONPATH": path},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        server = process.stdout.read().strip()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0, f"{command} failed"
        results.add(
            COMMAND,
            client,
            number,
            wall_ms=seconds * 1000,
            cpu_ms=(usage.ru_utime + usage.ru_stime) * 1000,
        )
        compute.delete_server(server)


def _packages(folder: Path, left_out: str) -> Path:
    """Return a folder with links to the installed packages.

    Args:
        folder: To make it in.
        left_out: How the names of those begin that are not to be there.
    """
    folder.mkdir()
    for path in Path(sysconfig.get_path("purelib")).iterdir():
        if not left_out or not path.name.startswith(left_out):
            (folder / path.name).symlink_to(path)
    return folder
