# SPDX-License-Identifier: Apache-2.0
"""The manager of nova-conductor, without anything of nova-compute's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from nova.conductor import manager as conductor_manager

_Method = TypeVar("_Method", bound=Callable[..., Any])


def in_cell_of_instance(method: _Method) -> _Method:
    """Have a method's context target the cell of its instance."""
    wrapped: _Method = conductor_manager.targets_cell(method)
    return wrapped


class ComputeTaskManager(conductor_manager.ComputeTaskManager):
    """Nova's manager of tasks in nova-conductor."""

    def _restrict_request_spec_to_cell(
        self, context: Any, instance: Any, request_spec: Any
    ) -> Any:
        # Of a rebuild: where Nova has just checked the traits of another
        # image, and handles what the scheduler refuses.
        self.before_scheduling(context, instance)
        return super()._restrict_request_spec_to_cell(
            context, instance, request_spec
        )

    def before_scheduling(self, context: Any, instance: Any) -> None:
        """Check what the scheduler does not; NoValidHost refuses."""

    def check_image_traits(
        self, context: Any, instance: Any, image_id: str
    ) -> None:
        """Check that the server's host has the traits that an image needs.

        Raises:
            nova.exception.NoValidHost: It has not.
        """
        self._validate_image_traits_for_rebuild(context, instance, image_id)


def replace_task_manager(
    manager: conductor_manager.ConductorManager, ours: ComputeTaskManager
) -> None:
    """Have nova-conductor's manager hand its tasks to ours."""
    endpoints = manager.additional_endpoints
    endpoints[endpoints.index(manager.compute_task_mgr)] = ours
    manager.compute_task_mgr = ours
