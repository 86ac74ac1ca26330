# SPDX-License-Identifier: Apache-2.0
"""``ImagePropsOverride::Nova::Server``: Heat's server, with one property more.

Heat loads this file out of ``plugin_dirs``, as a module of a package of its
own: imports of its neighbours must be absolute.
"""

from __future__ import annotations

import copy
from collections.abc import Container, Mapping
from typing import Any, ClassVar, Final

from heat.common import exception
from heat.engine import attributes, function, properties
from heat.engine.resources.openstack.nova import server

from image_props_override.clients.compute_requests import DiscoveryError
from image_props_override.clients.overrides_from_yaml import (
    overrides_from_yaml,
)
from image_props_override.core.override_request import KEY
from image_props_override.core.properties.names import list_member
from image_props_override.heat_plugin.nova_client import CLIENT_NAME

TYPE: Final = "ImagePropsOverride::Nova::Server"


class Server(server.Server):
    """A server some of whose image's properties are overridden.

    All else is as of ``OS::Nova::Server``. A server that is stopped is given
    new overrides as it is. To others they are applied as a new image is: by a
    rebuild, or a new server, as ``image_update_policy`` says; one that boots
    from a volume is replaced.
    """

    PROPERTIES = (*server.Server.PROPERTIES, KEY)
    ATTRIBUTES = (*server.Server.ATTRIBUTES, KEY)

    default_client_name = CLIENT_NAME

    properties_schema: ClassVar = {
        **server.Server.properties_schema,
        KEY: properties.Schema(
            properties.Schema.MAP,
            "Image properties to override for this server: name to value. A "
            "null value removes the image's property.",
            update_allowed=True,
        ),
    }
    attributes_schema: ClassVar = {
        **server.Server.attributes_schema,
        KEY: attributes.Schema(
            "The image properties that are overridden for this server.",
            type=attributes.Schema.MAP,
        ),
    }

    def validate(self) -> None:
        """Refuse names and values that the cloud would refuse.

        Raises:
            StackValidationFailed: Tells each of them.
        """
        super().validate()
        overrides = _texts(self._known_so_far())
        if not overrides:
            return
        try:
            problem = self.client_plugin().why_not(overrides)
        except DiscoveryError as error:
            problem = str(error)
        if problem is not None:
            raise exception.StackValidationFailed(message=f"{KEY}: {problem}")

    def _known_so_far(self) -> dict[str, Any]:
        """Return the property, without what other resources resolve later.

        A function of the attribute of one that is not there yet has no value
        of its own; None would be a removal.
        """
        written = self.properties.data.get(KEY)
        if not isinstance(written, Mapping):
            given = None if _is_open(written) else self.properties[KEY]
            return dict(given or {})
        open_names = {str(name) for name in written if _is_open(written[name])}
        lists_are_open = any(map(list_member, open_names))
        return {
            name: value
            for name, value in self.properties[KEY].items()
            if str(name) not in open_names
            # Lists are checked as a whole.
            and not (lists_are_open and list_member(str(name)))
        }

    def client(self, name: str | None = None, version: Any = None) -> Any:
        """Return a client of Nova; what it creates has the overrides.

        It is a copy: the stack's other servers share Heat's.
        """
        client = super().client(name, version)
        if name not in (None, CLIENT_NAME):
            return client
        client = copy.copy(client)
        client.servers = copy.copy(client.servers)
        # Of no overrides the cloud need not have heard.
        client.servers.overrides_of_command = (
            _overrides(self.properties) or None
        )
        return client

    def update_template_diff_properties(
        self, after_props: Any, before_props: Any
    ) -> dict[str, Any]:
        """Return the changed properties and their new values."""
        changed: dict[str, Any] = super().update_template_diff_properties(
            after_props, before_props
        )
        if self._is_rewritten(changed, after_props, before_props):
            del changed[KEY]
        return changed

    def needs_replace_with_prop_diff(
        self,
        changed_properties_set: set[str],
        after_props: Mapping[str, Any],
        before_props: Mapping[str, Any],
    ) -> bool | None:
        """Return whether the new properties take a new server."""
        changed = set(changed_properties_set)
        if self._is_rewritten(changed, after_props, before_props):
            changed.remove(KEY)
        if KEY in changed and self._stays(changed, after_props):
            changed.remove(KEY)
        if KEY in changed:
            if not after_props[self.IMAGE]:
                return True
            # They are applied as a new image is.
            changed.add(self.IMAGE)
        needed: bool | None = super().needs_replace_with_prop_diff(
            changed, after_props, before_props
        )
        return needed

    def _stays(
        self, changed: Container[str], after_props: Mapping[str, Any]
    ) -> bool:
        """Return whether the server is given new overrides as it is."""
        if self.IMAGE in changed or self.resource_id is None:
            return False
        return bool(
            self.client_plugin().can_change_in_place(
                self.resource_id, _overrides(after_props)
            )
        )

    def _is_rewritten(
        self,
        changed: Container[str],
        after_props: Mapping[str, Any],
        before_props: Mapping[str, Any],
    ) -> bool:
        """Return whether the overrides are the same, in other words."""
        if KEY not in changed:
            return False
        try:
            before = _overrides(before_props)
        except (TypeError, ValueError):
            # Heat takes old values that it cannot tell any more for changed.
            return False
        after = _overrides(after_props)
        if before == after:
            return True
        told = self.client_plugin().as_recorded
        return bool(told(before) == told(after))

    def handle_update(
        self, json_snippet: Any, tmpl_diff: Any, prop_diff: dict[str, Any]
    ) -> Any:
        """Return the steps of an update, a rebuild for new overrides too.

        A stopped server has them then, before anything else is changed.
        """
        if KEY not in prop_diff or self.IMAGE in prop_diff:
            return super().handle_update(json_snippet, tmpl_diff, prop_diff)
        after = json_snippet.properties(self.properties_schema, self.context)
        stays = self._stays(prop_diff, after)
        if stays:
            self.client_plugin().change_in_place(
                self.resource_id, _overrides(after)
            )
        steps = super().handle_update(json_snippet, tmpl_diff, prop_diff)
        if not stays:
            steps.append(self._update_image(after))
        return steps

    def _update_image(self, after_props: Mapping[str, Any]) -> Any:
        step = super()._update_image(after_props)
        overrides = _overrides(after_props)
        # Without any, now and before, the rebuild is as of any server.
        if overrides or _overrides(self.properties):
            step.handler_kwargs[KEY] = overrides
        return step

    def _resolve_attribute(self, name: str) -> Any:
        if name != KEY:
            return super()._resolve_attribute(name)
        if self.resource_id is None:
            return None
        with self.client_plugin().ignore_not_found:
            return self.client().servers.image_props_override(self.resource_id)
        return None


def _overrides(props: Mapping[str, Any]) -> dict[str, str | None]:
    """Return the overrides as Nova takes them; none where none are given.

    Raises:
        StackValidationFailed: A value is a list or a map.
    """
    return _texts(props[KEY] or {})


def _texts(given: Mapping[str, Any]) -> dict[str, str | None]:
    try:
        return overrides_from_yaml(given)
    except ValueError as error:
        raise exception.StackValidationFailed(
            message=f"{KEY}: {error}"
        ) from error


def _is_open(written: Any) -> bool:
    """Return whether a part of a template waits for another resource."""
    return any(
        resource.action == resource.INIT
        for resource in function.dependencies(written)
    )


def resource_mapping() -> dict[str, type]:
    """Return the types that Heat finds here."""
    return {TYPE: Server}
