# SPDX-License-Identifier: Apache-2.0
"""Overrides that people write in YAML become what Nova takes."""

import pytest
import yaml

from image_props_override.clients.overrides_from_yaml import (
    overrides_from_yaml,
)


def test_scalars_are_text() -> None:
    """Quoted or not; a null stays, and removes."""
    written = "{a: virtio, b: true, c: 'true', d: 2, e: 1.5, f: null, g: ''}"
    assert overrides_from_yaml(yaml.safe_load(written)) == {
        "a": "virtio",
        "b": "true",
        "c": "true",
        "d": "2",
        "e": "1.5",
        "f": None,
        "g": "",
    }


@pytest.mark.parametrize("written", ["{a: [virtio]}", "{a: {b: c}}"])
def test_lists_and_maps_are_refused(written: str) -> None:
    """With the property's name."""
    with pytest.raises(ValueError, match="the value of a is neither text"):
        overrides_from_yaml(yaml.safe_load(written))
