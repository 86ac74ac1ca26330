# SPDX-License-Identifier: Apache-2.0
"""A real browser, headless, for tests that look at pages."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from tests.sandbox.lacking import skip_but_fail_in_ci


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[webdriver.Chrome]:
    """Yield Debian's Chromium; it ends with the test.

    Where it is missing, the test is skipped, and fails in CI.
    """
    with chromium(tmp_path / "browser") as window:
        yield window


@contextmanager
def chromium(profile: Path) -> Iterator[webdriver.Chrome]:
    """Run the browser while the block does.

    Args:
        profile: A folder for it alone.
    """
    program, driver = map(shutil.which, ("chromium", "chromedriver"))
    if not program or not driver:
        why = "no Chromium: apt-get install chromium chromium-driver as root"
        skip_but_fail_in_ci(why)
    options = webdriver.ChromeOptions()
    options.binary_location = program
    for argument in (
        "--headless=new",
        # Tests run as root; the pages are ours.
        "--no-sandbox",
        "--disable-dev-shm-usage",
        "--disable-gpu",
        f"--user-data-dir={profile}",
    ):
        options.add_argument(argument)
    # What a page prints on its console is read by tests.
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    window = webdriver.Chrome(options=options, service=Service(driver))
    try:
        yield window
    finally:
        window.quit()
