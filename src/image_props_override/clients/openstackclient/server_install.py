# SPDX-License-Identifier: Apache-2.0
"""``openstack server install``: runs an OS installer to its end."""

from __future__ import annotations

import argparse
import base64
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from keystoneauth1.exceptions import ClientException
from openstack.exceptions import SDKException
from osc_lib import exceptions
from osc_lib.command import command

from image_props_override.clients.openstackclient.cloud_feature import (
    EPILOG,
    required_feature,
)
from image_props_override.clients.openstackclient.compute_clients import (
    compute_of,
)
from image_props_override.clients.openstackclient.refusals import (
    refusals_for_shells,
)
from image_props_override.clients.openstackclient.server_hooks import (
    OverridesColumn,
)
from image_props_override.clients.override_arguments import (
    DESTINATION,
    add_override_options,
)
from image_props_override.clients.sdk import (
    InstallationError,
    Installer,
    Watcher,
    enable,
    install_server,
)
from image_props_override.clients.sdk.installation import installer_named
from image_props_override.core.override_request import KEY

# Words that Nova takes for a server's networks, beside ids.
_NETWORK_WORDS = ("auto", "none")


class InstallServer(command.ShowOne):
    """Install a server by an OS installer, booted from kernel and RAM disk.

    Creates the server on an empty disk, follows its console until the guest
    powers itself off, removes kernel, RAM disk and command line from the
    server, and starts it from its own disk. The console goes to standard
    error.

    If the command is interrupted, run it again with the same name. It
    continues where it stopped, and needs only the name.
    """

    _epilog: Any = (
        "The guest must power itself off when it is installed: a reboot may "
        "start the installer again. If it does not within the timeout, the "
        f"exit status is 1 and the server is unchanged. {EPILOG}"
    )

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Return the parser of the command's arguments."""
        parser = super().get_parser(prog_name)
        parser.add_argument(
            "server_name", metavar="<server-name>", help="Server name"
        )
        parser.add_argument(
            "--kernel",
            metavar="<image>",
            help="Image of the installer's kernel (name or ID)",
        )
        parser.add_argument(
            "--ramdisk",
            metavar="<image>",
            help="Image of the installer's RAM disk (name or ID)",
        )
        parser.add_argument(
            "--append",
            metavar="<command-line>",
            help="Command line of the kernel (os_command_line)",
        )
        disk = parser.add_mutually_exclusive_group()
        disk.add_argument(
            "--image",
            metavar="<image>",
            help="Image of the disk to install on, an empty one (name or ID)",
        )
        disk.add_argument(
            "--boot-from-volume",
            metavar="<volume-size>",
            type=_positive(int),
            help="Install on a new, empty volume of this size, in GB",
        )
        parser.add_argument(
            "--flavor", metavar="<flavor>", help="Flavor (name or ID)"
        )
        parser.add_argument(
            "--network",
            metavar="<network>",
            dest="networks",
            action="append",
            help=(
                "Network (name or ID; repeat option for several), or auto or "
                "none; default: auto"
            ),
        )
        parser.add_argument(
            "--user-data",
            metavar="<file>",
            type=Path,
            help="File to serve from the metadata server: the answers",
        )
        parser.add_argument(
            "--config-drive",
            action="store_true",
            help="Give the guest a config drive, which has the user data too",
        )
        parser.add_argument(
            "--key-name", metavar="<key-name>", help="Key pair of the server"
        )
        parser.add_argument(
            "--timeout",
            metavar="<seconds>",
            type=_positive(float),
            default=3600.0,
            help=(
                "How long the guest may take to power itself off "
                "(default: 3600)"
            ),
        )
        parser.add_argument(
            "--no-start",
            action="store_true",
            help="Leave the installed server stopped",
        )
        parser.add_argument(
            "-q",
            "--quiet",
            action="store_true",
            dest="is_quiet",
            help="Show neither the console nor progress",
        )
        add_override_options(parser)
        return parser

    def take_action(
        self, parsed_args: argparse.Namespace
    ) -> tuple[tuple[str, ...], tuple[Any, ...]]:
        """Return columns and values."""
        connection = self.app.client_manager.sdk_connection
        required_feature(compute_of(self.app), "this command")
        enable(connection)
        is_quiet = parsed_args.is_quiet or not self.app.options.verbose_level
        installer, attrs = _asked(parsed_args, connection)
        with (
            _advice_to_go_on(parsed_args.server_name),
            refusals_for_shells(),
        ):
            server = install_server(
                connection,
                parsed_args.server_name,
                installer,
                image_props_override=getattr(parsed_args, DESTINATION),
                start=not parsed_args.no_start,
                timeout_seconds=parsed_args.timeout,
                watcher=Watcher() if is_quiet else _Terminal(),
                **attrs,
            )
        row = {
            "id": server.id,
            "image_props_override": OverridesColumn(server[KEY]),
            "name": server.name,
            "status": server.status,
        }
        return tuple(row), tuple(row.values())


class _Terminal(Watcher):
    """Shows an installation on standard error."""

    wants_console = True

    def step(self, text: str) -> None:
        """Show what is done next."""
        print(f"* {text}", file=sys.stderr, flush=True)

    def console(self, text: str) -> None:
        """Show what the guest has written."""
        # Carriage returns and escapes are the terminal's to obey.
        print(text, end="", file=sys.stderr, flush=True)


@contextmanager
def _advice_to_go_on(name: str) -> Iterator[None]:
    """Say how to go on when the block is interrupted.

    Raises:
        osc_lib.exceptions.CommandError: It was interrupted, or failed.
    """
    try:
        yield
    except (InstallationError, exceptions.CommandError) as error:
        # They say it themselves.
        raise exceptions.CommandError(str(error)) from error
    except (KeyboardInterrupt, ClientException, SDKException) as error:
        why = str(error) or "interrupted"
        raise exceptions.CommandError(
            f"{why}\nThe command stopped waiting. To continue the "
            f"installation: openstack server install {shlex.quote(name)}"
        ) from error


def _asked(
    parsed_args: argparse.Namespace, connection: Any
) -> tuple[Installer | None, dict[str, Any]]:
    """Return installer and fields of a new server, with names looked up.

    Without a kernel the installation of a server that is there goes on.

    Raises:
        osc_lib.exceptions.CommandError: Something is missing.
    """
    if not parsed_args.kernel:
        if parsed_args.ramdisk or parsed_args.append:
            raise exceptions.CommandError(
                "--ramdisk and --append need --kernel"
            )
        return None, {}
    if not parsed_args.flavor:
        raise exceptions.CommandError("--kernel needs --flavor, too")
    if not (parsed_args.image or parsed_args.boot_from_volume):
        raise exceptions.CommandError(
            "--kernel needs the disk to install on: --image with the image of "
            "an empty disk, or --boot-from-volume with its size in GB"
        )

    installer = installer_named(
        connection,
        parsed_args.kernel,
        parsed_args.ramdisk,
        parsed_args.append,
    )
    flavor = connection.compute.find_flavor(
        parsed_args.flavor, ignore_missing=False
    )
    attrs: dict[str, Any] = {
        "flavor_id": flavor.id,
        "networks": _networks(parsed_args.networks or ["auto"], connection),
    }
    if parsed_args.image:
        image = connection.image.find_image(
            parsed_args.image, ignore_missing=False
        )
        attrs["image_id"] = image.id
    else:
        attrs["block_device_mapping"] = [
            {
                "boot_index": 0,
                "source_type": "blank",
                "destination_type": "volume",
                "volume_size": parsed_args.boot_from_volume,
            }
        ]
    if parsed_args.user_data:
        attrs["user_data"] = _read(parsed_args.user_data)
    if parsed_args.config_drive:
        attrs["has_config_drive"] = True
    if parsed_args.key_name:
        attrs["key_name"] = parsed_args.key_name
    return installer, attrs


def _networks(names: list[str], connection: Any) -> Any:
    if len(names) == 1 and names[0] in _NETWORK_WORDS:
        return names[0]
    find = connection.network.find_network
    return [{"uuid": find(name, ignore_missing=False).id} for name in names]


def _read(path: Path) -> str:
    """Return a file in the form that Nova wants."""
    try:
        return base64.b64encode(path.read_bytes()).decode()
    except OSError as error:
        raise exceptions.CommandError(f"--user-data: {error}") from error


def _positive(kind: type) -> Any:
    """Return a type for argparse: numbers greater than zero."""

    def read(text: str) -> Any:
        number = kind(text)
        # As "not (a > b)", this refuses "nan", too.
        if not number > 0:
            raise ValueError(text)
        return number

    # argparse names it in its message.
    read.__name__ = f"positive {kind.__name__}"
    return read
