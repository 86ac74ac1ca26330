# SPDX-License-Identifier: Apache-2.0
"""After any row of operations each server has exactly its own overrides.

``make test`` does this for some seconds, ``make test-long`` for ten minutes
(``SOAK_SECONDS``).
"""

from __future__ import annotations

import os
import time
from functools import partial
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.functional.nova_in_process import lenient
from tests.functional.soak.machine import Soak, SoakedNova

HARNESS = SoakedNova

SECONDS = float(os.environ.get("SOAK_SECONDS", "10"))
# What a round tries: half a minute. Hypothesis stops between rounds only.
ROUND = settings(
    max_examples=4,
    stateful_step_count=30,
    deadline=None,
    database=None,
    # To make a failing row shorter takes hours here.
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def test_state_is_the_models(nova: SoakedNova) -> None:
    """Recorded overrides and effective properties: none lost or foreign."""
    ends = time.monotonic() + SECONDS
    # Whatever makes a machine will do, whatever its type says.
    soak: Any = partial(Soak, nova)
    # A stopped server that is rebuilt is stopped again in Nova's answer: its
    # harness waits for what else goes on by itself.
    with lenient():
        while time.monotonic() < ends:
            run_state_machine_as_test(soak, settings=ROUND)
