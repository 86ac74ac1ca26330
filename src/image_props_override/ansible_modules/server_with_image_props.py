#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""A module for Ansible: servers whose image properties are overridden."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from openstack import exceptions, utils

from image_props_override.clients.ansible_tasks import (
    CLOUD,
    check_server_fields,
    connect,
    required,
    server_document,
)
from image_props_override.clients.cloud_catalogue import read_with
from image_props_override.clients.compute_requests import (
    STOPPED,
    CloudFeature,
    DiscoveryError,
    Feature,
)
from image_props_override.clients.overrides_from_yaml import (
    overrides_from_yaml,
)
from image_props_override.clients.sdk.server import find_server, read_server
from image_props_override.core.override_request import KEY
from image_props_override.core.problems import render

DOCUMENTATION = r"""
module: server_with_image_props
short_description: A server some of whose image's properties are overridden
description:
  - Creates, changes, rebuilds or deletes a server through openstacksdk, on a
    cloud that has nova-image-props-override.
  - To change anything else of a server, use C(openstack.cloud.server).
  - The module waits for a server that is being built. A server in status
    C(ERROR) fails the task.
options:
  cloud:
    description: Name of the cloud in C(clouds.yaml).
    type: str
  auth:
    description: What C(clouds.yaml) has under C(auth), instead of I(cloud).
    type: dict
  region_name:
    description: The region.
    type: str
  name:
    description: The server's name.
    type: str
    required: true
  state:
    description: Whether the server should exist.
    type: str
    choices: [present, absent]
    default: present
  image:
    description: Name or ID of the image; needed to create or rebuild.
    type: str
  flavor:
    description: Name or ID of the flavor; needed to create.
    type: str
  image_props_override:
    description:
      - All overrides of the server, as image property and value; null
        removes the image's property.
    type: dict
    default: {}
  on_change:
    description:
      - What to do if the server exists, has other overrides, and cannot be
        changed in its current state. A stopped or shelved server can be
        changed and keeps its disk, unless a property needs more than a
        start.
      - C(rebuild) writes the image over its disk. C(fail) reports the
        difference and changes nothing.
    type: str
    choices: [fail, rebuild]
    default: fail
  server:
    description:
      - Other fields of a new server, as openstacksdk's C(create_server) has
        them, such as C(networks), C(key_name) or C(user_data). Other names
        are refused.
    type: dict
    default: {}
  timeout:
    description: Seconds to wait until the server is ready, or gone.
    type: int
    default: 300
requirements: [nova-image-props-override, openstacksdk]
"""

EXAMPLES = r"""
- name: The server is there, with other image properties than its image has
  server_with_image_props:
    cloud: mycloud
    name: overridden
    image: debian
    flavor: small
    image_props_override:
      hw_vif_model: e1000
      # A null removes the image's own property, for this one server.
      hw_disk_bus: null
    server:
      key_name: mykey
      networks: auto

- name: It has these overrides and no others, whatever becomes of its disk
  server_with_image_props:
    cloud: mycloud
    name: overridden
    image: debian
    image_props_override:
      hw_vif_model: virtio
    on_change: rebuild

- name: It is gone
  server_with_image_props:
    cloud: mycloud
    name: overridden
    state: absent
"""

RETURN = r"""
server:
  description:
    - The server, as openstacksdk has it.
    - C(image_props_override) is what was overridden for it.
  type: dict
  returned: when there is one, but not from check mode that would change it
  sample:
    id: 9168b536-cd40-4630-b43f-b259807c6e87
    name: overridden
    status: ACTIVE
    image_props_override:
      hw_vif_model: e1000
      hw_disk_bus: null
"""


def main() -> None:
    """Do what the task's arguments ask for."""
    module = AnsibleModule(
        argument_spec={
            **CLOUD,
            "name": {"type": "str", "required": True},
            "state": {
                "type": "str",
                "choices": ["present", "absent"],
                "default": "present",
            },
            "image": {"type": "str"},
            "flavor": {"type": "str"},
            KEY: {"type": "dict", "default": {}},
            "on_change": {
                "type": "str",
                "choices": ["fail", "rebuild"],
                "default": "fail",
            },
            "server": {"type": "dict", "default": {}},
            "timeout": {"type": "int", "default": 300},
        },
        mutually_exclusive=[("cloud", "auth")],
        supports_check_mode=True,
    )
    run = _absent if module.params["state"] == "absent" else _present
    try:
        connection = connect(module.params)
        result = run(connection, module.params, module.check_mode)
    except (DiscoveryError, exceptions.SDKException, ValueError) as error:
        module.fail_json(msg=str(error))
    module.exit_json(**result)


def _absent(
    connection: Any, params: Mapping[str, Any], check_mode: bool
) -> dict[str, Any]:
    """Delete the server; that takes neither the feature nor overrides."""
    compute = connection.compute
    server = find_server(compute, params["name"])
    if server is not None and not check_mode:
        compute.delete_server(server)
        compute.wait_for_delete(server, wait=params["timeout"])
    return {"changed": server is not None}


def _present(
    connection: Any, params: Mapping[str, Any], check_mode: bool
) -> dict[str, Any]:
    """Create, change or rebuild the server if it differs from the task."""
    check_server_fields(params["server"])
    compute = connection.compute
    feature = CloudFeature(compute).required()
    servers = _Servers(compute, feature, params["timeout"])
    server = find_server(compute, params["name"])
    if server is not None:
        server = servers.settled(server.id)
    is_stopped = server is not None and server.status in STOPPED
    may_change = (
        server is None or is_stopped or params["on_change"] == "rebuild"
    )
    overrides = _as_recorded(
        params[KEY], feature, are_sent=may_change and not check_mode
    )
    if server is not None:
        if server.image_props_override == overrides:
            return {"changed": False, "server": server_document(server)}
        if is_stopped and (
            changed := servers.changed_in_place(
                server, overrides, params["on_change"], check_mode=check_mode
            )
        ):
            return changed
        if params["on_change"] == "fail":
            raise ValueError(
                f"{_called(server)} has the overrides "
                f"{server.image_props_override}, and not {overrides}; stop "
                "it to change it and keep its disk, or set "
                "on_change=rebuild, which overwrites its disk"
            )
    # What check mode leaves out is the change alone.
    image = connection.image.find_image(
        required(params, "image"), ignore_missing=False
    )
    if server is None:
        flavor = compute.find_flavor(
            required(params, "flavor"), ignore_missing=False
        )
        if check_mode:
            return {"changed": True}
        sent = compute.create_server(
            **{"networks": "auto", **params["server"]},
            name=params["name"],
            image_id=image.id,
            flavor_id=flavor.id,
            image_props_override=overrides or None,
        )
        server = servers.in_status("ACTIVE", sent.id)
    else:
        if check_mode:
            return {"changed": True}
        sent = compute.rebuild_server(
            server, image.id, image_props_override=overrides
        )
        # Nova stops a server again that was stopped.
        status = "SHUTOFF" if server.status == "SHUTOFF" else "ACTIVE"
        server = servers.in_status(status, sent.id)
    # It is told once only, in the answer to the request.
    return {
        "changed": True,
        "server": server_document(server, sent.admin_password),
    }


@dataclass(frozen=True)
class _Servers:
    """Servers as the cloud has them now, with their overrides.

    Attributes:
        compute: The SDK's compute service.
        feature: What the cloud says of overrides.
        timeout_seconds: The longest to wait for a server.
    """

    compute: Any
    feature: Feature
    timeout_seconds: int

    def changed_in_place(
        self,
        server: Any,
        overrides: Mapping[str, str | None],
        on_change: str,
        *,
        check_mode: bool,
    ) -> dict[str, Any] | None:
        """Change a stopped server, and return the task's result.

        Args:
            server: The server.
            overrides: All that it is to have.
            on_change: The task's.
            check_mode: Whether to leave out the change.

        Returns:
            The result, or None if the server is to be rebuilt instead.

        Raises:
            ValueError: In check mode: the cloud would refuse the change.
            openstack.exceptions.HttpException: The cloud refuses it.
        """
        try:
            preview = self.compute.preview_image_props_override(
                server=server, image_props_override=overrides
            )
            problems, warnings = preview.problems, preview.warnings
        except exceptions.ForbiddenException:
            # The change itself may be allowed, and says what is wrong.
            problems, warnings = [], []
        if problems and on_change == "rebuild":
            return None
        result = {
            "changed": True,
            "warnings": [f"{w['property']}: {w['message']}" for w in warnings],
        }
        if check_mode:
            if problems:
                raise ValueError(
                    "\n".join(
                        f"{p['property']}: {p['message']} [{p['code']}]"
                        for p in problems
                    )
                )
            return result
        self.compute.update_server(server, image_props_override=overrides)
        return {**result, "server": server_document(self.settled(server.id))}

    def settled(self, server_id: str) -> Any:
        """Return a server once it is neither built nor rebuilt any more.

        Raises:
            ValueError: It failed, or the cloud does not return its overrides.
        """
        server = self._wait(
            lambda server: server.status not in ("BUILD", "REBUILD"),
            server_id,
            "still being built",
        )
        if server.image_props_override is None:
            # Not the same as none: to rebuild it could destroy its disk for
            # nothing.
            raise ValueError(
                f"cannot read the overrides of {_called(server)} now: its "
                f"status is {server.status}"
            )
        return server

    def in_status(self, status: str, server_id: str) -> Any:
        """Return a server once it has a status.

        Raises:
            ValueError: It failed.
        """
        return self._wait(
            lambda server: server.status == status,
            server_id,
            f"not {status} yet",
        )

    def _wait(
        self, is_done: Callable[[Any], bool], server_id: str, so_far: str
    ) -> Any:
        for _ in utils.iterate_timeout(
            # Look at it once even if there is no time to wait.
            max(1, self.timeout_seconds),
            f"server {server_id} is {so_far} after"
            f" {self.timeout_seconds} seconds",
        ):
            server = self._read(server_id)
            if server.status == "ERROR":
                fault = (server.fault or {}).get(
                    "message", ("Nova reports no fault")
                )
                raise ValueError(
                    f"{_called(server)} is in status ERROR: {fault}"
                )
            if is_done(server):
                return server
        raise AssertionError("the SDK's loop raises when time is up")

    def _read(self, server_id: str) -> Any:
        return read_server(self.compute, server_id, self.feature.microversion)


def _as_recorded(
    given: Mapping[str, Any], feature: Feature, *, are_sent: bool
) -> dict[str, str | None]:
    """Return overrides by the names that the cloud knows them by.

    A legacy alias would else be a change at each run. Wrong ones that are sent
    stay as they are: the cloud says all that is wrong.
    """
    overrides = overrides_from_yaml(given)
    request = read_with(overrides, feature.properties)
    if request.problems and not are_sent:
        raise ValueError(render(request.problems))
    return overrides if request.problems else dict(request.overrides)


def _called(server: Any) -> str:
    # Nova tells no name while the server's cell is down.
    return f"server {server.name or ''} ({server.id})".replace("  ", " ")


if __name__ == "__main__":
    main()
