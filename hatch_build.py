# SPDX-License-Identifier: Apache-2.0
"""Compiles translations, for the wheel and for an editable install."""

from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CustomBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Writes a ``.mo`` beside each ``.po``; git ignores it."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile before files are collected."""
        del version, build_data
        for source in Path(self.root, "src").rglob("*.po"):
            with source.open("rb") as text:
                catalog = read_po(text)
            with source.with_suffix(".mo").open("wb") as compiled:
                write_mo(compiled, catalog)
