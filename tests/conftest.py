# SPDX-License-Identifier: Apache-2.0
"""Which tests run one after the other when two processes share them."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest

_HERE = Path(__file__).parent
# Tests that share a cloud, which is dear to start, and where they take
# longest: they begin.
_WITH_GUESTS = "a cloud with guests"
_OTHER_CLOUDS = "other clouds"
_FIRST = (_WITH_GUESTS, _OTHER_CLOUDS)


# First: pytest-xdist reads the groups in the same hook.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep tests together that share what is dear to start.

    A module of functional tests starts a Nova of its own. pytest-xdist goes
    by the groups (`make test`); without it they mean nothing. All others keep
    their order: Tempest's come after Nova's, because it parses the one global
    CONF, and Nova can register no options after that.
    """
    groups = {item: _group(item) for item in items}
    # Sorting is stable: in other respects the order stays as it is.
    items.sort(key=lambda item: (*_FIRST, groups[item]).index(groups[item]))
    for item in items:
        item.add_marker(pytest.mark.xdist_group(groups[item]))


def _group(item: pytest.Item) -> str:
    fixtures = getattr(item, "fixturenames", ())
    if "cloud" in fixtures:
        return _WITH_GUESTS
    if "fake_cloud" in fixtures or item.path.name == "test_api_workers.py":
        return _OTHER_CLOUDS
    return str(item.path.relative_to(_HERE))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[
    None, pytest.TestReport, pytest.TestReport
]:
    """Return reports that pytest-xdist can send.

    Half a surrogate pair, with which tests try Nova, ends up in its log.
    """
    report = yield
    report.sections = [
        (title, text.encode(errors="backslashreplace").decode())
        for title, text in report.sections
    ]
    return report
