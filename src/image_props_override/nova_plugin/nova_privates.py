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

from nova import conductor
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

    Nova's makers are ``partial(_create_controller, Controller, actions)``,
    with a list of the controllers of a resource's actions.
    """
    if not isinstance(make_resource, functools.partial):
        return make_resource
    controller, actions = make_resource.args
    return functools.partial(
        make_resource.func,
        replacements.get(controller, controller),
        [replacements.get(action, action) for action in actions],
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

    def novas_rebuild(self, req: Any, id: str, body: Any) -> Any:
        """Rebuild a server; the method's name differs between releases."""
        name = servers.ServersController.wsgi_actions["rebuild"]
        return getattr(super(), name)(req=req, id=id, body=body)


def controller_with(
    make: MakeController, compute: compute_api.API
) -> wsgi.Controller:
    """Return a controller of Nova's that uses another compute API.

    Args:
        make: Makes the controller, with a compute API of its own.
        compute: The one that it is to use.
    """
    controller = make()
    # Without it the assignment would have no effect, and say nothing.
    assert isinstance(controller.compute_api, compute_api.API)
    controller.compute_api = compute
    return controller


class ComputeTaskAPI(conductor.ComputeTaskAPI):
    """Conductor's tasks, with a word before a rebuild is sent there."""

    def __init__(
        self, before_rebuild: Callable[[Any, dict[str, Any]], None]
    ) -> None:
        """Stand in the place of Nova's.

        Args:
            before_rebuild: Is called with the context and the arguments of
                the task, which it may change.
        """
        super().__init__()
        self._before_rebuild = before_rebuild

    def rebuild_instance(self, context: Any, **arguments: Any) -> Any:
        """Send a rebuild, or an evacuation, to conductor."""
        self._before_rebuild(context, arguments)
        return super().rebuild_instance(context, **arguments)


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

    def _get_image(self, context: Any, image_href: Any) -> Any:
        # The root image of a rebuild; on create, images of disks too.
        image_id, image = super()._get_image(context, image_href)
        self.prepare_rebuild_image(context, image)
        return image_id, image

    def prepare_rebuild_image(
        self, context: Any, image: dict[str, Any]
    ) -> None:
        """Change, in place, the image metadata that a rebuild will use.

        Called for images of a boot, too.
        """

    def _checks_for_create_and_rebuild(
        self,
        context: Any,
        image_id: Any,
        image: Any,
        flavor: Any,
        *args: Any,
        **kwargs: Any,
    ) -> Any:
        # Later arguments differ between releases.
        super()._checks_for_create_and_rebuild(
            context, image_id, image, flavor, *args, **kwargs
        )
        self.check_rebuild(context, image, flavor)

    def check_rebuild(
        self, context: Any, image: dict[str, Any], flavor: Any
    ) -> None:
        """Refuse a rebuild that Nova's own checks let pass.

        Called for boots, too.
        """

    def refuse_other_numa_topology(
        self, instance: Any, image: dict[str, Any], flavor: Any
    ) -> None:
        """Let pass what leaves the guest's NUMA topology as it is.

        Raises:
            nova.exception.ImageNUMATopologyRebuildConflict: It does not.
        """
        self._validate_numa_rebuild(instance, image, flavor)


class AllCheckedError(Exception):
    """Nova has made all of its checks, and would begin to create servers."""


class CheckingComputeAPI(ComputeAPI):
    """Nova's compute API, whose ``create`` changes and reserves nothing.

    It makes Nova's own checks, in Nova's own order, and ends where Nova
    would ask for quota and write to its database.
    """

    def _provision_instances(self, *_args: Any, **_kwargs: Any) -> Any:
        raise AllCheckedError

    def image_checks(
        self,
        context: Any,
        flavor: Any,
        image: dict[str, Any],
        block_devices: Sequence[Mapping[str, Any]],
    ) -> Iterator[Callable[[], object]]:
        """Return checks of the image, each of which raises what it finds.

        They are part of ``create``, which ends with the first refusal. None
        looks at properties that need certain hardware.

        Args:
            context: The caller's.
            flavor: The flavor.
            image: The image metadata of the boot.
            block_devices: The boot's, as Nova's API has them; none for a
                boot from the image.
        """
        image_id = image.get("id")
        yield lambda: self._handle_kernel_and_ramdisk(
            context, None, None, image
        )
        yield lambda: self._detect_nonbootable_image_from_properties(
            image_id, image
        )
        # Nova looks at status, memory, size and disk, in this order, and at
        # none after one that does not fit.
        bare = {**image, "properties": {}}
        fitting = {"status": "active", "min_ram": 0, "size": 0}
        for key in (None, *fitting):
            if key:
                bare = {**bare, key: fitting[key]}
            yield functools.partial(
                self._check_size, context, flavor, image, bare, block_devices
            )

    def _check_size(
        self,
        context: Any,
        flavor: Any,
        image: dict[str, Any],
        bare: dict[str, Any],
        block_devices: Sequence[Mapping[str, Any]],
    ) -> None:
        image_id = image.get("id")
        # The image can name a root device of its own.
        devices = self._check_and_transform_bdm(
            context,
            {"image_ref": image_id or ""},
            flavor,
            image,
            1,
            1,
            list(block_devices),
            not block_devices,
        )
        self._validate_flavor_image(
            context, image_id, bare, flavor, devices.root_bdm(), False
        )


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
