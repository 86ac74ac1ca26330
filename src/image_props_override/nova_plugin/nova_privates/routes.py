# SPDX-License-Identifier: Apache-2.0
"""The API's router and its controllers."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from nova.api.openstack import wsgi
from nova.api.openstack.compute import routes
from nova.compute import api as compute_api

# One entry of Nova's route list: path, and verb to [resource maker, action];
# a text instead of the verbs is a redirection.
Route = tuple[str, Any]
MakeController = Callable[[], wsgi.Controller]


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


def controller_with(
    make: MakeController, compute: compute_api.API
) -> wsgi.Controller:
    """Return one of Nova's controllers, which uses another compute API.

    Args:
        make: Makes the controller, with a compute API of its own.
        compute: The one that it is to use.
    """
    controller = make()
    # Without it the assignment would have no effect, and say nothing.
    assert isinstance(controller.compute_api, compute_api.API)
    controller.compute_api = compute
    return controller
