# SPDX-License-Identifier: Apache-2.0
"""What the checks look at: a nova-api host, as nova-api itself finds it."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nova.conf
from nova import config, context, objects
from nova.db.api import api as api_database
from oslo_config import cfg

from image_props_override.core.properties.catalogue import PropertyCatalogue
from image_props_override.nova_plugin import conf as options
from image_props_override.nova_plugin.doctor.services import (
    RunningService,
    services_of_nova,
)
from image_props_override.nova_plugin.properties.catalogue_from_nova import (
    catalogue_from_nova,
)

# Name of an aggregate to the keys of its metadata.
Aggregates = Mapping[str, Collection[str]]


@dataclass(frozen=True)
class ApiHost:
    """A host of nova-api.

    Attributes:
        conf: Nova's configuration, parsed, with our options registered.
        catalogue: The image properties of the installed Nova.
        paste_file: The ``api-paste.ini`` that nova-api loads.
        read_aggregates: Returns all host aggregates.
        read_services: Returns each nova-conductor and nova-compute.
    """

    conf: cfg.ConfigOpts
    catalogue: PropertyCatalogue
    paste_file: Path
    read_aggregates: Callable[[], Aggregates]
    read_services: Callable[[], Sequence[RunningService]]

    @property
    def section(self) -> Any:
        """``nova.conf [image_props_override]``."""
        return self.conf[options.GROUP.name]


def load_api_host(
    config_arguments: Sequence[str],
    paste_file: Path | None,
    environment: Mapping[str, str],
) -> ApiHost:
    """Return this host.

    Args:
        config_arguments: ``--config-file`` and ``--config-dir``, as Nova's
            commands take them; without any, Nova's own rule counts.
        paste_file: The ``api-paste.ini``, or None for Nova's own rule.
        environment: The environment variables.

    Raises:
        cfg.Error: The configuration cannot be read.
    """
    paste, *others = files_of_nova_api(environment)
    conf = nova.conf.CONF
    config.parse_args(
        ["nova", *config_arguments],
        # nova-api reads the paste file as configuration, too. It has no
        # options, and one that is missing is a finding of its own.
        default_config_files=[str(file) for file in others or [paste]],
        configure_db=False,
        init_rpc=False,
    )
    options.register(conf)
    # Nova would try ten times, ten seconds apart.
    conf.set_override("max_retries", 0, group="api_database")
    api_database.configure(conf)
    objects.register_all()
    return ApiHost(
        conf=conf,
        catalogue=catalogue_from_nova(),
        paste_file=paste_file or paste,
        read_aggregates=_aggregates_of_nova,
        read_services=functools.partial(services_of_nova, conf),
    )


def files_of_nova_api(environment: Mapping[str, str]) -> list[Path]:
    """Return the files that nova-api loads: ``api-paste.ini``, ``nova.conf``.

    The rule is that of ``nova.api.openstack.wsgi_app``: the first file is
    the paste file. ``[wsgi] api_paste_config`` plays no part in it.
    """
    folder = environment.get("OS_NOVA_CONFIG_DIR", "/etc/nova").strip()
    names = (
        environment.get("OS_NOVA_CONFIG_FILES") or "api-paste.ini;nova.conf"
    )
    return [Path(folder, name) for name in names.split(";")]


def _aggregates_of_nova() -> Aggregates:
    aggregates = objects.AggregateList.get_all(context.get_admin_context())
    return {each.name: set(each.metadata) for each in aggregates}
