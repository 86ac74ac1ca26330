# SPDX-License-Identifier: Apache-2.0
"""The options in nova.conf, and the sample that documents them."""

from __future__ import annotations

from pathlib import Path

import pytest
from oslo_config import cfg, generator

from image_props_override.nova_plugin import conf as options
from tests import PROJECT

SAMPLE = PROJECT / "etc" / "nova.conf.sample"


def test_sample_is_current(tmp_path: Path) -> None:
    """etc/nova.conf.sample is what oslo-config-generator writes.

    To mend it: oslo-config-generator --namespace image_props_override
    --wrap-width 79 --output-file etc/nova.conf.sample
    """
    written = tmp_path / "nova.conf.sample"
    generator.main(
        [
            *("--namespace", "image_props_override", "--wrap-width", "79"),
            *("--output-file", str(written)),
        ]
    )
    assert SAMPLE.read_text() == written.read_text()


def test_default_lists() -> None:
    """By default the operator's lists refuse nothing."""
    conf = cfg.ConfigOpts()
    options.register(conf)
    conf([], default_config_files=[])
    assert conf.image_props_override.allow == ["*"]
    assert conf.image_props_override.deny == []


@pytest.mark.parametrize("times", [1, 2])
def test_registering(times: int) -> None:
    """Registering the options twice is harmless."""
    conf = cfg.ConfigOpts()
    for _ in range(times):
        options.register(conf)
    assert "allow" in conf.image_props_override
