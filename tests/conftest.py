# SPDX-License-Identifier: Apache-2.0
"""What holds for all tests: their order, their fixtures, generated cases."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from tempest import config as tempest_config

pytest_plugins = ["tests.nova_fixtures"]

# By default Hypothesis tries the same cases again and again where CI is set.
settings.register_profile(
    "other cases each time",
    derandomize=False,
    print_blob=True,
    deadline=None,
)
settings.load_profile("other cases each time")

_HERE = Path(__file__).parent
# Tests that share a cloud, which is dear to start, and where they take
# longest: they begin.
_WITH_GUESTS = "a cloud with guests"
_OTHER_CLOUDS = "other clouds"
# They have clouds of their own.
_WITH_CLOUDS = (
    "test_api_workers.py",
    "test_faults.py",
    "test_guest_pinning.py",
)
_FIRST = (_WITH_GUESTS, _OTHER_CLOUDS)


# First: pytest-xdist reads the groups in the same hook.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep tests together that share what is dear to start.

    A module of functional tests starts a Nova of its own. pytest-xdist goes
    by the groups (`make test`); without it they mean nothing. All others keep
    their order.
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
    if "fake_cloud" in fixtures or item.path.name in _WITH_CLOUDS:
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


@pytest.fixture(scope="session")
def tempest_conf() -> tempest_config.TempestConfigProxy:
    """Return Tempest's configuration, kept apart from Nova's.

    Tempest reads its options into oslo.config's one global object, which is
    Nova's too; once read, Nova can register no more. It holds that object by
    one name, meant to be replaced, and reads at the first use.
    """
    # Not at import: older releases' environments have no Tempest.
    from oslo_concurrency import opts as concurrency_options
    from oslo_config import cfg
    from tempest import config as tempest_config

    conf = cfg.ConfigOpts()
    # oslo.concurrency's are the only ones that reach it by the global object.
    for group, options in concurrency_options.list_opts():
        conf.register_opts(options, group)
    tempest_config._CONF = conf
    return tempest_config.CONF
