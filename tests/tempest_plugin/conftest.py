# SPDX-License-Identifier: Apache-2.0
"""Options of Tempest, as a test wants them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tempest import config
from tempest.config import TempestConfigProxy

GROUP = "image_props_override"

Set = Callable[..., None]


@pytest.fixture
def set_options(tempest_conf: TempestConfigProxy) -> Iterator[Set]:
    """Set options of a group, the plug-in's by default, for one test."""
    assert tempest_conf.image_props_override
    chosen = []

    def set_options(group: str = GROUP, **options: Any) -> None:
        for name, value in options.items():
            config._CONF.set_override(name, value, group)
            chosen.append((name, group))

    yield set_options
    for each in chosen:
        config._CONF.clear_override(*each)
