# SPDX-License-Identifier: Apache-2.0
"""Which properties isolate hosts in this cloud, by its aggregates."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from nova import context, objects
from oslo_config import cfg

from image_props_override.core.properties.catalogue import PropertyCatalogue
from image_props_override.core.properties.names import (
    PropertyName,
    resolve_name,
)
from image_props_override.nova_plugin.reading import Reading

FILTER = "AggregateImagePropertiesIsolation"


def is_isolating(conf: cfg.ConfigOpts) -> bool:
    """Return whether the scheduler keeps hosts apart by image properties.

    Args:
        conf: Nova's configuration, which nova-api shares with the scheduler.
    """
    return (
        FILTER in conf.filter_scheduler.enabled_filters
        or conf.scheduler.enable_isolated_aggregate_filtering
    )


class AggregateKeys(Reading[frozenset[str]]):
    """The image properties that aggregates name in their metadata.

    Canonical names; None where they cannot be read now.
    """

    def __init__(
        self,
        catalogue: PropertyCatalogue,
        refresh_seconds: float,
        read_metadata_keys: Callable[[], Iterable[str]] | None = None,
    ) -> None:
        """Read nothing yet.

        Args:
            catalogue: The image properties that exist.
            refresh_seconds: How old a reading may be.
            read_metadata_keys: Returns the keys of all aggregates'
                metadata; the default asks Nova's database.
        """
        read_keys = read_metadata_keys or _metadata_keys

        def read() -> frozenset[str]:
            names = (resolve_name(key, catalogue) for key in read_keys())
            return frozenset(
                name.canonical
                for name in names
                if isinstance(name, PropertyName)
            )

        super().__init__(
            read,
            refresh_seconds,
            "Cannot read the aggregates: overrides are refused",
        )


def _metadata_keys() -> set[str]:
    aggregates = objects.AggregateList.get_all(context.get_admin_context())
    return {key for aggregate in aggregates for key in aggregate.metadata}
