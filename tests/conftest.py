# SPDX-License-Identifier: Apache-2.0
"""Which tests run one after the other when two processes share them."""

from __future__ import annotations

from pathlib import Path

import pytest

_HERE = Path(__file__).parent
# Its tests share their clouds, which are dear to start.
_SHARES_CLOUDS = "sandbox"


# First: pytest-xdist reads the groups in the same hook.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep modules together, and begin with what takes longest.

    A module of functional tests starts a Nova of its own, and the sandbox's
    tests share clouds. pytest-xdist goes by the groups (`make test`); without
    it they mean nothing.
    """
    groups = {item: _group(item.path) for item in items}
    items.sort(key=lambda item: groups[item] != _SHARES_CLOUDS)
    for item in items:
        item.add_marker(pytest.mark.xdist_group(groups[item]))


def _group(path: Path) -> str:
    relative = path.relative_to(_HERE)
    if relative.parts[0] == _SHARES_CLOUDS:
        return _SHARES_CLOUDS
    return str(relative)
