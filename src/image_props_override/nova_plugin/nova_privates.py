# SPDX-License-Identifier: Apache-2.0
"""Every private name of Nova that this project leans on.

Nova promises nothing about these. Each is pinned by a test in
``tests/nova_contract``, so that a release that moves one is noticed before
an operator notices it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from nova import policy as nova_policy
from nova.api.openstack import wsgi
from nova.api.openstack.compute import routes, servers
from nova.api.openstack.compute.views import servers as servers_views
from nova.compute import api as compute_api
from nova.objects import image_meta

# One entry of Nova's route list: path, and verb to [resource maker, action];
# a text in the place of the verbs is a redirection.
Route = tuple[str, Any]
MakeController = Callable[[], wsgi.Controller]


def image_property_fields() -> Mapping[str, Any]:
    """Return the fields of ``ImageMetaProps`` by name."""
    fields: Mapping[str, Any] = image_meta.ImageMetaProps.fields
    return fields


def field_type(field: Any) -> Any:
    """Return the type object inside a versioned-object field."""
    return field._type


def legacy_property_names() -> Mapping[str, str]:
    """Return the names that Nova still reads: legacy name to field."""
    names: Mapping[str, str] = image_meta.ImageMetaProps._legacy_property_map
    return names


def new_route(
    path: str, verb: str, make: MakeController, action: str
) -> Route:
    """Return a route for Nova's router to a controller of ours."""
    return path, {verb: [_resource_maker(make), action]}


def build_router(
    replacements: Mapping[type[wsgi.Controller], MakeController],
    added: tuple[Route, ...],
) -> routes.APIRouterV21:
    """Return Nova's own router with some of its controllers replaced.

    Args:
        replacements: Nova's controller class to the maker of ours.
        added: Routes that Nova does not have.
    """
    ours = tuple(
        (path, methods)
        if isinstance(methods, str)
        else (
            path,
            {
                verb: [_replaced(make, replacements), *rest]
                for verb, (make, *rest) in methods.items()
            },
        )
        for path, methods in routes.ROUTE_LIST
    )
    # The router reads the list while it is built and never again.
    with _route_list(ours):
        return routes.APIRouterV21(custom_routes=added)


@contextmanager
def _route_list(ours: tuple[Route, ...]) -> Iterator[None]:
    novas = routes.ROUTE_LIST
    routes.ROUTE_LIST = ours
    try:
        yield
    finally:
        routes.ROUTE_LIST = novas


def _replaced(
    make_resource: Any,
    replacements: Mapping[type[wsgi.Controller], MakeController],
) -> Any:
    """Return the maker of a resource, around our controller if we have one.

    Nova's makers are ``partial(_create_controller, Controller, actions)``;
    the action controllers stay Nova's.
    """
    if not isinstance(make_resource, functools.partial):
        return make_resource
    controller, *rest = make_resource.args
    if controller not in replacements:
        return make_resource
    return functools.partial(
        make_resource.func,
        replacements[controller],
        *rest,
        **make_resource.keywords,
    )


def _resource_maker(make: MakeController) -> Any:
    return functools.partial(routes._create_controller, make, [])


class ServersViewBuilder(servers_views.ViewBuilder):
    """Nova's view of a server, which tells of each server that it shows."""

    def show(
        self, request: Any, instance: Any, *args: Any, **kwargs: Any
    ) -> Any:
        """Return Nova's own view, after a call of :meth:`shown`."""
        # An instance of a cell that is down is a stub without attributes.
        if "display_name" in instance:
            self.shown(request, instance)
        return super().show(request, instance, *args, **kwargs)

    def shown(self, request: Any, instance: Any) -> None:
        """Take notice of an instance that an answer will show."""


class ServersController(servers.ServersController):
    """Nova's servers controller, with a view builder of ours."""

    _view_builder_class = ServersViewBuilder


class ComputeAPI(compute_api.API):
    """Nova's compute API, with a say in the image of a boot."""

    def _validate_and_build_base_options(
        self,
        context: Any,
        flavor: Any,
        boot_meta: Any,
        *args: Any,
        **kwargs: Any,
    ) -> Any:
        # All ways to boot pass here: image, image to volume, volume, volume
        # snapshot, blank volume. Later arguments differ between releases.
        self.prepare_boot_image(context, flavor, boot_meta)
        return super()._validate_and_build_base_options(
            context, flavor, boot_meta, *args, **kwargs
        )

    def prepare_boot_image(
        self, context: Any, flavor: Any, boot_meta: dict[str, Any]
    ) -> None:
        """Change, in place, the image metadata that the boot will use."""


def register_policies(rules: Sequence[Any]) -> None:
    """Let Nova's policy enforcer know rules; again is harmless.

    Nova builds its enforcer when it is first asked, and its tests build it
    anew, so this is called before each check.

    Args:
        rules: Defaults of oslo.policy.
    """
    nova_policy.init()
    enforcer = nova_policy._ENFORCER
    new = [
        each for each in rules if each.name not in enforcer.registered_rules
    ]
    if new:
        enforcer.register_defaults(new)
        # Defaults become rules only when rules are loaded.
        enforcer.load_rules(force_reload=True)
