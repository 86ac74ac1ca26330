# SPDX-License-Identifier: Apache-2.0
"""The catalogue: one HTML file to search all properties in, without a network.

The file `catalogue_template.html` beside this has the page; what is written
into it is the data, as JSON.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from tools.reference.property_facts import Facts, all_properties

_TEMPLATE: Final = Path(__file__).with_name("catalogue_template.html")


def text() -> str:
    """Return all of the page."""
    rows = [_row(each) for each in all_properties()]
    # No text of ours has it; and in a script it would end the script.
    data = json.dumps(rows, indent=0, sort_keys=True).replace("</", r"<\/")
    return _TEMPLATE.read_text().replace('"PROPERTIES"', data)


def _row(facts: Facts) -> dict[str, Any]:
    """Return what the page shows of a property."""
    definition = facts.definition
    return {
        "name": facts.name,
        "kind": str(definition.kind),
        "class": str(definition.property_class),
        "description": definition.description,
        "values": facts.valid_values,
        "spellings": facts.spellings,
        "aliases": list(definition.legacy_aliases),
        "needs": facts.needs,
        "loses_to": list(facts.loses_to),
        "no_effect": definition.no_effect,
        "takes_effect": (
            "" if definition.no_effect else str(definition.takes_effect)
        ),
        "takes_effect_words": facts.takes_effect,
        "releases": list(facts.releases),
        "seen_in": facts.seen_in,
        "argument": facts.argument,
    }
