# SPDX-License-Identifier: Apache-2.0
"""Boots servers as a plain user would: with ``openstack`` commands."""

import json
import os
import shlex
import subprocess
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final, TypeVar

from sandbox import accounts
from sandbox.errors import SandboxError
from sandbox.processes import wait_until
from sandbox.settings import Settings

USER: Final = "demo"

# Ten times what an idle machine needs with emulated guests.
_ACTIVE_SECONDS: Final = 180.0
_CONSOLE_SECONDS: Final = 300.0

_Found = TypeVar("_Found")


def create_command(
    name: str, image: str, flavor: str, overrides: Mapping[str, str]
) -> list[list[str]]:
    """Return the command that boots a server, as its parts, a line each."""
    return [
        ["openstack", "server", "create"],
        ["--image", image, "--flavor", flavor],
        ["--network", accounts.NETWORK_NAME],
        *(
            ["--image-prop-override", f"{key}={value}"]
            for key, value in overrides.items()
        ),
        [name],
    ]


def run(settings: Settings, *lines: Sequence[str]) -> str:
    """Print and run a command as user demo; returns its output.

    Args:
        settings: Of the running cloud.
        lines: The command's words, by the lines to print them on.

    Raises:
        SandboxError: The command failed; says what it said.
    """
    words = _shown(lines)
    result = subprocess.run(
        words,
        env={**os.environ, **settings.client_environment(USER)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        raise SandboxError(
            f"`{shlex.join(words[:3])} ...` failed: {result.stderr.strip()}"
        )
    return result.stdout


def start(settings: Settings, *lines: Sequence[str]) -> subprocess.Popen[str]:
    """Print and start a command as user demo, beside what comes next.

    Args:
        settings: Of the running cloud.
        lines: The command's words, by the lines to print them on.

    Returns:
        Its process; all that it says is in ``stdout``.
    """
    return subprocess.Popen(
        _shown(lines, " &"),
        env={**os.environ, **settings.client_environment(USER)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        # A guest's console carries any byte.
        errors="replace",
    )


def _shown(lines: Sequence[Sequence[str]], end: str = "") -> list[str]:
    """Print a command, and return its words."""
    text = " \\\n    ".join(map(shlex.join, lines))
    print(f"$ {text}{end}", flush=True)
    return [word for line in lines for word in line]


def delete_servers(settings: Settings, names: Collection[str]) -> None:
    """Delete the user's servers of these names, and wait until they are."""
    servers = accounts.connect(settings, USER).compute.servers(details=False)
    if ids := [server.id for server in servers if server.name in names]:
        run(settings, ["openstack", "server", "delete", "--wait", *ids])


def show_server(settings: Settings, name: str) -> dict[str, Any]:
    """Return what ``openstack server show`` says of a server."""
    command = ["openstack", "server", "show", "-f", "json", name]
    return dict(json.loads(run(settings, command)))


def wait_for_server(settings: Settings, name: str) -> str:
    """Return a server's id as soon as it is active.

    Raises:
        SandboxError: It failed, and why, or is not there in time.
    """
    compute = accounts.connect(settings, USER).compute
    server = compute.find_server(name, ignore_missing=False)

    def is_active() -> bool:
        found = compute.get_server(server)
        if found.status == "ERROR":
            raise SandboxError(
                f"server {name} failed: {found.fault['message']}"
            )
        return bool(found.status == "ACTIVE")

    what = f"server {name} to become active"
    print(f"waiting for {what}", flush=True)
    wait_until(is_active, deadline_seconds=_ACTIVE_SECONDS, what=what)
    return str(server.id)


def wait_for_console(
    settings: Settings,
    server_id: str,
    find: Callable[[str], _Found | None],
    what: str,
) -> _Found:
    """Return what `find` finds on a server's console, once it does.

    Args:
        settings: Of the running cloud.
        server_id: The server's.
        find: Gets the lines that the guest has ended so far; None: not yet.
        what: Names what is waited for.

    Raises:
        SandboxError: It is not there in time.
    """
    log = settings.console_log(server_id)
    found: list[_Found] = []

    def is_there() -> bool:
        # A guest's serial line carries any byte, and may be cut anywhere.
        ended, newline, _ = log.read_text(errors="replace").rpartition("\n")
        thing = find(ended + newline)
        found.extend(() if thing is None else (thing,))
        return bool(found)

    print(f"waiting for {what}", flush=True)
    wait_until(
        is_there,
        deadline_seconds=_CONSOLE_SECONDS,
        what=f"{what} (on its console, {log})",
    )
    return found[0]
