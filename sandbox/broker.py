# SPDX-License-Identifier: Apache-2.0
"""RabbitMQ of this cloud's own, for a Nova of several processes.

`sandbox/install` unpacks Debian's packages into the virtual environment and
installs nothing: an installed RabbitMQ would be a service of the machine's,
started at once and at each boot.
"""

import sys
from pathlib import Path
from typing import Final

from sandbox.settings import Settings

# What `sandbox/install` unpacks the packages into.
FOLDER: Final = Path(sys.prefix) / "rabbitmq"
_ERLANG: Final = FOLDER / "usr" / "lib" / "erlang"
_LOOPBACK: Final = "{127,0,0,1}"


def is_installed() -> bool:
    """Whether `sandbox/install` has unpacked it."""
    return (FOLDER / "complete").exists()


def epmd_command(settings: Settings) -> tuple[str, ...]:
    """Erlang's port mapper, without which no RabbitMQ starts.

    It is a service like the others: RabbitMQ would leave it running.
    """
    (program,) = _ERLANG.glob("erts-*/bin/epmd")
    port = str(settings.broker_ports["epmd"])
    return (str(program), "-port", port, "-address", "127.0.0.1")


def command() -> tuple[str, ...]:
    """RabbitMQ itself; its own start script would be a process more."""
    # Threads that have nothing to do must not spin: others want the cores.
    no_spinning = ("+sbwt", "none", "+sbwtdcpu", "none", "+sbwtdio", "none")
    return (
        str(_ERLANG / "bin" / "erl"),
        *("-noinput", "-boot", "start_sasl", "-s", "rabbit", "boot"),
        *("-kernel", "inet_dist_use_interface", _LOOPBACK),
        *no_spinning,
    )


def environment(settings: Settings) -> dict[str, str]:
    """Where RabbitMQ finds its parts, files and ports."""
    (home,) = (FOLDER / "usr" / "lib" / "rabbitmq" / "lib").iterdir()
    configuration = settings.etc_dir / "rabbitmq"
    # Messages of a cloud that is down concern nobody any more.
    data = settings.run_dir / "rabbitmq"
    return {
        "ERL_LIBS": str(home / "plugins"),
        "ERL_EPMD_PORT": str(settings.broker_ports["epmd"]),
        "RABBITMQ_HOME": str(home),
        "RABBITMQ_NODENAME": "sandbox@localhost",
        "RABBITMQ_DIST_PORT": str(settings.broker_ports["distribution"]),
        "RABBITMQ_CONFIG_FILE": str(configuration / "rabbitmq"),
        # Neither is there: no plug-ins, and nothing of the machine's own.
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(configuration / "plugins"),
        "RABBITMQ_CONF_ENV_FILE": str(configuration / "environment"),
        "RABBITMQ_MNESIA_BASE": str(data),
        "RABBITMQ_LOG_BASE": str(data / "log"),
    }
