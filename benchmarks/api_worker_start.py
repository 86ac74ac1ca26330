# SPDX-License-Identifier: Apache-2.0
"""What overriding adds to the start of a nova-api worker: time and memory.

Each start is a process of its own that imports Nova and builds the
applications of Nova's own paste file, once as it is and once switched on,
alternately: what else the machine does meanwhile falls on both.

    .venv/bin/python benchmarks/api_worker_start.py [--pairs N]
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import operator
import os
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from image_props_override.nova_plugin.install.paste_file import (
    with_our_factories,
)

# As nova.api.openstack.wsgi_app does, but for its databases, which would have
# to be there. What every worker imports is not timed: it takes seconds, which
# differ by more than what is looked for.
WORKER = """
import gc
import json
import os
import sys
import time

from nova import config, policy
from nova.api.openstack import compute, wsgi_app
from nova.api.openstack.compute import versions
from paste import deploy

config.parse_args(
    ["nova-api"],
    default_config_files=[sys.argv[1]],
    configure_db=False,
)
# Python's collector looks through all of Nova's modules now and then, which
# takes some 130 ms: whether that happens below is a matter of chance.
gc.collect()
gc.freeze()
start = time.process_time()
application = deploy.loadapp(f"config:{sys.argv[2]}", name="osapi_compute")
# As a stock worker does at its first request.
policy.init()
seconds = time.process_time() - start
with open("/proc/self/statm") as file:
    pages = int(file.read().split()[1])
print(json.dumps({
    "milliseconds": seconds * 1000,
    "mib": pages * os.sysconf("SC_PAGE_SIZE") / 2**20,
    "ours": any(name.startswith("image_props") for name in sys.modules),
    "driver": "nova.virt.libvirt" in sys.modules,
}))
"""


@dataclass(frozen=True)
class Start:
    """What a worker used until it could answer.

    Attributes:
        milliseconds: Of the processor, to build the applications.
        mib: Of memory that is in use.
        ours: Whether anything of ours was imported.
        driver: Whether libvirt's driver was, which nova-api does not need.
    """

    milliseconds: float
    mib: float
    ours: bool
    driver: bool


def start_worker(nova_conf: Path, paste: Path) -> Start:
    """Return what one start took."""
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", WORKER, nova_conf, paste],
        env={**os.environ, "OS_NOVA_DISABLE_EVENTLET_PATCHING": "true"},
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode:
        sys.exit(ran.stderr)
    return Start(**json.loads(ran.stdout))


def novas_paste_file() -> bytes:
    """Return the paste file that the installed Nova brought."""
    (file,) = (
        file
        for file in importlib.metadata.files("nova") or []
        if file.name == "api-paste.ini"
    )
    return Path(str(file.locate())).read_bytes()


def main() -> None:
    """Print what stock workers took, and what is added to that."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=20)
    count = parser.parse_args().pairs
    with tempfile.TemporaryDirectory() as folder:
        nova_conf = Path(folder, "nova.conf")
        nova_conf.write_text("[DEFAULT]\ntransport_url = fake:/\n")
        stock = Path(folder, "stock.ini")
        stock.write_bytes(novas_paste_file())
        ours = Path(folder, "ours.ini")
        ours.write_bytes(with_our_factories(stock.read_bytes()))
        # Once for what Python compiles and the disk's cache.
        start_worker(nova_conf, ours)
        pairs = [
            (start_worker(nova_conf, stock), start_worker(nova_conf, ours))
            for _ in range(count)
        ]
    for stock_start, our_start in pairs:
        assert not stock_start.ours
        assert our_start.ours
        assert not our_start.driver
    for name, unit in (("milliseconds", "ms"), ("mib", "MiB")):
        stocks, switched_on = (
            [getattr(start, name) for start in starts]
            for starts in zip(*pairs, strict=True)
        )
        added = statistics.median(map(operator.sub, switched_on, stocks))
        print(
            f"stock nova-api: least {min(stocks):.1f} {unit}; switched on: "
            f"{min(switched_on) - min(stocks):+.1f}; "
            f"median difference of {count} pairs: {added:+.1f}"
        )


if __name__ == "__main__":
    main()
