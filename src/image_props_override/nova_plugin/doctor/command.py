# SPDX-License-Identifier: Apache-2.0
"""``image-props-override doctor``: checks a host of nova-api."""

from __future__ import annotations

import argparse
import logging
import os
import sys
import warnings
from pathlib import Path
from typing import Any

_DESCRIPTION = """\
Check a host of nova-api: whether overriding image properties is switched on,
whether the operator's rules are valid, and whether users can bypass the
isolation of hosts or Glance's protections. Run it as the user that nova-api
runs as, with the same OS_NOVA_CONFIG_DIR and OS_NOVA_CONFIG_FILES if nova-api
has them."""

_EXIT_STATUS = """\
Exit status: 0 all is well, 1 warnings, 2 failures, 255 an unexpected error."""

# As of oslo.upgradecheck: not to be confused with what checks find.
_UNEXPECTED_ERROR = 255


def add_parser(commands: Any) -> None:
    """Add the command to those of ``image-props-override``.

    Args:
        commands: The subparsers; ``run`` of what they parse is the command.
    """
    doctor = commands.add_parser(
        "doctor",
        help="check this nova-api host",
        description=_DESCRIPTION,
        epilog=_EXIT_STATUS,
    )
    # Their order counts for oslo.config, so they share one list.
    for option in ("--config-file", "--config-dir"):
        doctor.add_argument(
            option,
            action="append",
            dest="config_arguments",
            default=[],
            metavar="PATH",
            type=f"{option}={{}}".format,
            help="as for nova-api; can be repeated",
        )
    doctor.add_argument(
        "--paste-file",
        type=Path,
        metavar="PATH",
        help="the api-paste.ini that nova-api loads; the default is where "
        "nova-api looks for it",
    )
    doctor.add_argument(
        "--json",
        action="store_true",
        help="print the findings as nova-status upgrade check --json does",
    )
    doctor.set_defaults(run=_run)


def _run(parsed: argparse.Namespace) -> int:
    # OpenStack's libraries warn of one another's next releases, and Nova
    # logs; the findings are told without that.
    warnings.simplefilter("ignore")
    logging.getLogger().addHandler(logging.NullHandler())
    try:
        return _doctor(parsed)
    except Exception as error:
        print(
            f"image-props-override: {type(error).__name__}: {error}\n"
            "Run this on a host of nova-api, with its Python; --config-file "
            "names its nova.conf.",
            file=sys.stderr,
        )
        return _UNEXPECTED_ERROR


def _doctor(parsed: argparse.Namespace) -> int:
    # Only now, because Nova is imported for seconds, and with warnings.
    from image_props_override.nova_plugin.nova_privates import threads

    threads.leave_eventlet_out()
    from image_props_override.nova_plugin.doctor import (
        api_host,
        checks,
        findings,
    )

    results = checks.run_checks(
        api_host.load_api_host(
            parsed.config_arguments, parsed.paste_file, os.environ
        )
    )
    told = findings.as_json if parsed.json else findings.as_text
    print(told(results))
    if any(result.is_unexpected for result in results):
        return _UNEXPECTED_ERROR
    return max(int(result.finding.code) for result in results)
