# SPDX-License-Identifier: Apache-2.0
"""A host for the doctor to look at, with files and options of a test's own."""

from __future__ import annotations

import configparser
import importlib.metadata
from collections.abc import Sequence
from pathlib import Path

import nova.conf.scheduler
import nova.conf.wsgi
from oslo_config import cfg

from image_props_override.nova_plugin import conf as options
from image_props_override.nova_plugin.doctor.api_host import (
    Aggregates,
    ApiHost,
)
from image_props_override.nova_plugin.doctor.findings import Finding
from image_props_override.nova_plugin.doctor.services import RunningService
from image_props_override.nova_plugin.install.paste_file import OPTION
from image_props_override.nova_plugin.properties.catalogue_from_nova import (
    catalogue_from_nova,
)
from tests import PROJECT

SAMPLE = configparser.RawConfigParser()
SAMPLE.read(PROJECT / "etc" / "api-paste.ini.sample")
# Section to factory.
FACTORIES = {each: SAMPLE.get(each, OPTION) for each in SAMPLE.sections()}


def make_host(
    folder: Path,
    section: str = "",
    others: str = "",
    aggregates: Aggregates | Exception | None = None,
    services: Sequence[RunningService] = (),
) -> ApiHost:
    """Return a host with its files in a folder, without a paste file.

    Args:
        folder: Where to write ``nova.conf``.
        section: Lines of ``[image_props_override]``.
        others: Other sections.
        aggregates: The aggregates, or what reading them raises.
        services: Nova's services.
    """
    file = folder / "nova.conf"
    file.write_text(f"[image_props_override]\n{section}\n{others}")
    conf = cfg.ConfigOpts()
    nova.conf.scheduler.register_opts(conf)
    nova.conf.wsgi.register_opts(conf)
    options.register(conf)
    conf(["--config-file", str(file)], project="nova")

    def read_aggregates() -> Aggregates:
        if isinstance(aggregates, Exception):
            raise aggregates
        return aggregates or {}

    return ApiHost(
        conf=conf,
        catalogue=catalogue_from_nova(),
        paste_file=folder / "api-paste.ini",
        read_aggregates=read_aggregates,
        read_services=lambda: services,
    )


def paste_file_with(*sections: str) -> str:
    """Return Nova's own paste file with our lines in some sections."""
    lines = []
    section = ""
    for line in novas_paste_file().read_text().splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        if line.startswith(OPTION) and section in sections:
            lines.append(f"{OPTION} = {FACTORIES[section]}")
        else:
            lines.append(line)
    return "\n".join(lines)


def novas_paste_file() -> Path:
    """Return the paste file that the installed Nova brought."""
    (novas,) = (
        file
        for file in importlib.metadata.files("nova") or []
        if file.name == "api-paste.ini"
    )
    return Path(str(novas.locate()))


def text_of(finding: Finding) -> str:
    """Return all that a finding tells, in one line."""
    return " ".join(finding.details)
