# SPDX-License-Identifier: Apache-2.0
"""The page of all properties, in Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from tools.reference.markdown import prose
from tools.reference.property_facts import CLASSES, Facts, all_properties

_TOP = """\
# Image properties

What Nova reads of an image, and what an override can say. This page is written
by `python -m tools.reference` from the code's own data. The
[catalogue](../catalogue.html) has the same to search and filter.

Your cloud may allow less. `openstack image property override list` shows what
*you* may override there.

A value of `null` (`--no-image-prop-override NAME`) removes the image's
property, of any kind.
"""


def text() -> str:
    """Return all of the page."""
    properties = all_properties()
    usable = [each for each in properties if not each.definition.no_effect]
    unusable = [each for each in properties if each.definition.no_effect]
    return "\n".join(
        (
            _TOP,
            "## Classes\n",
            "| class | an override |",
            "|---|---|",
            *(f"| `{name}` | {words} |" for name, words in CLASSES.items()),
            "\n## Properties that can be overridden\n",
            "| property | kind | class | what it is |",
            "|---|---|---|---|",
            *map(_row, usable),
            "",
            *(line for each in usable for line in _section(each)),
            "## Properties that cannot be overridden\n",
            "Nova does not read these from the server's image at boot. The",
            "API refuses them with `no_effect` and says what to do instead.\n",
            "| property | why, and what to do instead |",
            "|---|---|",
            *(
                f"| `{each.name}` | {prose(each.definition.no_effect)} |"
                for each in unusable
            ),
            "",
        )
    )


def _row(facts: Facts) -> str:
    definition = facts.definition
    return (
        f"| [`{facts.name}`](#{facts.name}) | {definition.kind} | "
        f"{definition.property_class} | {prose(definition.description)} |"
    )


def _section(facts: Facts) -> Iterator[str]:
    definition = facts.definition
    yield f"### {facts.name}\n"
    yield f"{definition.description}.\n"
    yield f"- Kind: {definition.kind}; class: {definition.property_class}"
    yield f"- Valid values: {prose(facts.valid_values)}"
    if facts.spellings:
        yield f"- Nova also reads: {prose(facts.spellings)}"
    if definition.legacy_aliases:
        aliases = ", ".join(f"`{each}`" for each in definition.legacy_aliases)
        yield f"- Older names: {aliases}"
    if facts.needs:
        yield f"- Needs: {prose(facts.needs)}"
    for win in facts.loses_to:
        yield f"- Loses to: {prose(win)}"
    yield f"- A change takes effect: {facts.takes_effect}"
    yield f"- In: {', '.join(facts.releases)}"
    yield f"- Seen in: {facts.seen_in or 'no guest yet'}"
    yield f"\n```\n{facts.argument}\n```\n"
