# SPDX-License-Identifier: Apache-2.0
"""The command line of the sandbox: ``python -m sandbox COMMAND``."""

import argparse
import os
import shlex
import subprocess
import sys
import textwrap
from collections.abc import Sequence
from typing import Any

from sandbox import accounts, cloud, dashboard, restart
from sandbox.errors import SandboxError
from sandbox.exit_code import exit_code_of
from sandbox.settings import CHECKOUT, VARIABLES, Settings


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    chosen = argument_parser().parse_args(arguments)
    return exit_code_of(
        lambda: int(chosen.run(Settings.from_environment(), chosen))
    )


def argument_parser() -> argparse.ArgumentParser:
    """Return what reads the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m sandbox",
        description="A real OpenStack on this one machine.",
        epilog=_epilog(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    def command(name: str, run: Any, text: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text)
        added.set_defaults(run=run)
        return added

    command("up", _up, "start the cloud")
    command("down", _down, "end it; servers and images are kept")
    command("status", _status, "show each service; 0 if all of them run")
    restarting = command("restart", _restart, "start one process again")
    restarting.add_argument("process", help="its name, as status shows it")
    either = restarting.add_mutually_exclusive_group()
    either.add_argument(
        "--stock",
        dest="extension",
        action="store_false",
        default=None,
        help="as Nova's own, without the extension (distributed only)",
    )
    either.add_argument(
        "--extension",
        action="store_true",
        default=None,
        help="with the extension (distributed only)",
    )
    logs = command("logs", _logs, "show the services' logs")
    logs.add_argument("service", nargs="?", help="only this one's")
    logs.add_argument(
        "-f", "--follow", action="store_true", help="and what is added"
    )
    console = command("console", _console, "show a server's serial console")
    console.add_argument("server", help="its name or id")
    command("dashboard", _dashboard, "start the cloud and Horizon")
    command("wipe", _wipe, "end the cloud and remove all its state")
    command("demo", _demo, "boot servers with overridden image properties")
    command("demo-nfv", _demo_nfv, "boot servers on a pretended NFV host")
    environment = command(
        "environment", _environment, "print what `. sandbox/openrc` sets"
    )
    environment.add_argument(
        "user", nargs="?", default="admin", help="admin or demo"
    )
    return parser


def _epilog() -> str:
    lines = ["environment variables:"]
    indent = " " * 6
    for name, (meaning, default) in VARIABLES.items():
        lines.append(f"  {name}")
        lines += textwrap.wrap(
            f"{meaning} (default: {default})",
            width=79,
            initial_indent=indent,
            subsequent_indent=indent,
        )
    return "\n".join(lines)


def _up(settings: Settings, _chosen: argparse.Namespace) -> int:
    cloud.up(settings)
    print(f"Use it:  {_openrc_line()}\nEnd it:  make down")
    return 0


def _dashboard(settings: Settings, _chosen: argparse.Namespace) -> int:
    print(dashboard.message(dashboard.up(cloud.up(settings))))
    return 0


def _openrc_line() -> str:
    return f". {shlex.quote(str(CHECKOUT / 'sandbox' / 'openrc'))}"


def _down(settings: Settings, _chosen: argparse.Namespace) -> int:
    ended = cloud.down(settings)
    print("the cloud is down" if ended else "no cloud is running")
    return 0


def _restart(settings: Settings, chosen: argparse.Namespace) -> int:
    in_use = _running(settings)
    restart.restart(in_use, chosen.process, extension=chosen.extension)
    print(f"{chosen.process} is ready")
    return 0


def _wipe(settings: Settings, _chosen: argparse.Namespace) -> int:
    wiped = cloud.wipe(settings)
    folder = settings.state_dir
    print(f"removed {folder}" if wiped else f"no cloud in {folder}")
    return 0


def _status(settings: Settings, _chosen: argparse.Namespace) -> int:
    in_use = settings.in_use()
    if in_use is None:
        print(f"no cloud in {settings.state_dir}; start one with: make up")
        return 1
    print(f"cloud in {in_use.state_dir}, guests: {in_use.virt}")
    statuses = cloud.status(in_use)
    width = max(10, *(len(each.name) for each in statuses))
    for each in statuses:
        port = in_use.ports.get(each.listens_as or "")
        address = f"127.0.0.1:{port}" if port else ""
        print(f"  {each.name:<{width}} {each.state:<9} {address}".rstrip())
    for each in statuses:
        if each.log_end:
            print(f"\nthe end of {each.name}'s log:\n{each.log_end}")
    return 0 if all(each.state == "running" for each in statuses) else 1


def _logs(settings: Settings, chosen: argparse.Namespace) -> int:
    files = sorted(settings.log_dir.glob("*.log"))
    if chosen.service:
        names = [file.stem for file in files]
        files = [file for file in files if file.stem == chosen.service]
        if not files:
            raise SandboxError(
                f"no log of {chosen.service!r} in {settings.log_dir}; there"
                f" are: {', '.join(names) or 'none'}"
            )
    if not files:
        raise SandboxError(f"no logs in {settings.log_dir}: make up")
    follow = ["-F"] if chosen.follow else []
    return subprocess.run(
        ["tail", "-n", "200", *follow, "--", *map(str, files)], check=False
    ).returncode


def _console(settings: Settings, chosen: argparse.Namespace) -> int:
    in_use = _running(settings)
    server = accounts.connect(in_use).compute.find_server(
        chosen.server, ignore_missing=True, all_projects=True
    )
    if server is None:
        raise SandboxError(
            f"no server {chosen.server!r}; there are those of"
            " `openstack server list --all-projects`"
        )
    if in_use.is_fake:
        raise SandboxError("guests of VIRT=fake have no serial console")
    log = in_use.console_log(server.id)
    if log.exists():
        sys.stdout.write(log.read_text(errors="replace"))
        sys.stdout.flush()
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return 0
    # Attached for as long as the user likes; Ctrl-] leaves.
    return subprocess.run(
        [
            *("virsh", "--connect", in_use.libvirt_uri),
            *("console", server.instance_name),
        ],
        check=False,
    ).returncode


def _demo(settings: Settings, _chosen: argparse.Namespace) -> int:
    from sandbox import demo

    return int(demo.run(settings))


def _demo_nfv(settings: Settings, _chosen: argparse.Namespace) -> int:
    from sandbox.demo import nfv

    return nfv.run(settings)


def _environment(settings: Settings, chosen: argparse.Namespace) -> int:
    in_use = settings.in_use()
    if in_use is None:
        raise SandboxError(f"no cloud in {settings.state_dir}: make up")
    variables = in_use.client_environment(chosen.user)
    for name in os.environ:
        # Of another cloud: a token or project id would win over ours.
        if name.startswith("OS_") and name not in variables:
            print(f"unset {name}")
    for name, value in variables.items():
        print(f"export {name}={shlex.quote(value)}")
    return 0


def _running(settings: Settings) -> Settings:
    in_use = settings.in_use()
    states = [each.state for each in cloud.status(settings)]
    if in_use is None or "running" not in states:
        raise SandboxError(
            f"no cloud is running in {settings.state_dir}: make up"
        )
    return in_use
