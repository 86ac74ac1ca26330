# SPDX-License-Identifier: Apache-2.0
"""Nova in-process: one for each module of tests, emptied after each test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.functional.nova_in_process import NovaInProcess


@pytest.fixture(scope="module")
def started_nova(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[NovaInProcess]:
    """Nova with the plug-in: as a module's ``HARNESS`` says, or one host."""
    # Not at import, which would load Nova for tests that need none.
    from tests.functional.nova_in_process import NovaInProcess

    harness_class = getattr(request.module, "HARNESS", NovaInProcess)
    # Before the harness puts a folder of its own in the place of /tmp, and
    # takes it away again: pytest keeps all its folders below the first.
    tmp_path_factory.getbasetemp()
    # Nova's harness is a unittest case; used as an object, because it clears
    # its own attributes in a way that pytest cannot run.
    harness = harness_class("start")
    harness.setUp()
    try:
        yield harness
    finally:
        harness.tearDown()
        assert harness.doCleanups(), "Nova did not shut down cleanly"


@pytest.fixture
def nova(started_nova: NovaInProcess) -> Iterator[NovaInProcess]:
    """Nova with the plug-in, one host and no servers."""
    yield started_nova
    started_nova.delete_servers()
