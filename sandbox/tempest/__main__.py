# SPDX-License-Identifier: Apache-2.0
"""``python -m sandbox.tempest``: the plug-in's tests, as `make tempest`."""

import argparse
import sys

from sandbox.exit_code import exit_code_of
from sandbox.settings import Settings
from sandbox.tempest.plugin_run import run_plugin


def main() -> int:
    """Run the tests; 0 if none failed."""
    parser = argparse.ArgumentParser(
        prog="python -m sandbox.tempest",
        description="Run the Tempest plug-in against the sandbox cloud.",
    )
    parser.add_argument(
        "--smoke", action="store_true", help="only the tests called smoke"
    )
    parser.add_argument(
        "regex", nargs="?", default="", help="only tests whose id has this"
    )
    chosen = parser.parse_args()
    return exit_code_of(
        lambda: run_plugin(
            Settings.from_environment(), chosen.regex, smoke=chosen.smoke
        )
    )


if __name__ == "__main__":
    sys.exit(main())
