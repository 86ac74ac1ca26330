# SPDX-License-Identifier: Apache-2.0
"""Writes docs/evidence/benchmarks.md, and its pictures, from the CSV files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.results import CHECKOUT, FOLDER, Results, file_of

PAGE: Final = CHECKOUT / "docs" / "evidence" / "benchmarks.md"
_ABOUT: Final = Path(__file__).with_name("about.md")
_NOT_MEASURED: Final = Path(__file__).with_name("not_measured.md")


@dataclass(frozen=True)
class Section:
    """How the results of one benchmark are shown.

    Attributes:
        title: The heading.
        text: Markdown of its results.
        picture: Draws them into a file.
        alternative: What the picture shows, for those who do not see it.
    """

    title: str
    text: Callable[[Results], str]
    picture: Callable[[Results, Path], None]
    alternative: str


def template(module: str) -> str:
    """Return the text that stands beside a module, to be filled in.

    Args:
        module: Its ``__file__``.
    """
    return Path(module).with_suffix(".md").read_text().rstrip()


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def render(sections: Mapping[str, Section]) -> str:
    """Return the page.

    Args:
        sections: By benchmark; those without a CSV file are left out.
    """
    parts = [_ABOUT.read_text().rstrip()]
    for name, section in sections.items():
        if file_of(name).exists():
            results = Results.read(file_of(name))
            parts += _section(name, section, results)
    parts.append(_NOT_MEASURED.read_text().rstrip())
    return "\n\n".join(parts) + "\n"


def write(sections: Mapping[str, Section]) -> None:
    """Write the page."""
    PAGE.write_text(render(sections))


def draw(name: str, section: Section) -> None:
    """Draw the picture of a benchmark that has results."""
    results = Results.read(file_of(name))
    section.picture(results, FOLDER / f"{name}.svg")


def _section(name: str, section: Section, results: Results) -> list[str]:
    low, high = results.loads()
    about = results.about
    took = f", {about['took']}," if "took" in about else ""
    return [
        f"## {section.title}",
        f"`make bench-{name}`{took} on {about['date']}, commit "
        f"`{about['commit']}`: {about['machine']}; {about['software']}. "
        f"Load average while it ran: {low:.1f} to {high:.1f}. "
        f"[All samples](benchmarks/{name}.csv).",
        f"![{section.alternative}](benchmarks/{name}.svg)",
        section.text(results),
    ]
