# SPDX-License-Identifier: Apache-2.0
"""What each supported release of Nova knows of image properties.

``python tests/nova_contract/snapshots.py`` writes that of the installed Nova.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from nova import version

from image_props_override.core.properties.catalogue import PropertyCatalogue
from image_props_override.core.properties.facts import NO_FIELDS
from image_props_override.nova_plugin.properties.catalogue_from_nova import (
    catalogue_from_nova,
)

FOLDER = Path(__file__).parent / "snapshots_of_nova"


def path_of(release: str) -> Path:
    """Return the snapshot's file of a release, like ``"34"``."""
    return FOLDER / f"nova_{release}.json"


def installed_release() -> str:
    """Return the major version of the installed Nova."""
    release: str = version.version_string().split(".")[0]
    return release


def as_document(catalogue: PropertyCatalogue) -> dict[str, Any]:
    """Return what is derived from Nova, without what we know ourselves."""
    return {
        each.name: {
            "kind": each.kind.value,
            "legal_values": list(each.legal_values),
            "legacy_aliases": list(each.legacy_aliases),
        }
        for each in catalogue.values()
        if each.name not in NO_FIELDS
    }


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    text = json.dumps(as_document(catalogue_from_nova()), indent=1)
    path_of(installed_release()).write_text(f"{text}\n")
