# SPDX-License-Identifier: Apache-2.0
"""Which pages there are, and what is to stand in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from tools.reference import (
    catalogue_page,
    command_page,
    configuration_page,
    lifecycle_page,
    microversion_page,
    policy_page,
    property_page,
)

DOCS: Final = Path(__file__).parents[2] / "docs"

PAGES: Final[Mapping[str, Callable[[], str]]] = {
    "catalogue.html": catalogue_page.text,
    "reference/commands.md": command_page.text,
    "reference/configuration.md": configuration_page.text,
    "reference/lifecycle-matrix.md": lifecycle_page.text,
    "reference/microversions.md": microversion_page.text,
    "reference/policies.md": policy_page.text,
    "reference/properties.md": property_page.text,
}


def write() -> None:
    """Write all of them."""
    for name, text in PAGES.items():
        (DOCS / name).write_text(text())
