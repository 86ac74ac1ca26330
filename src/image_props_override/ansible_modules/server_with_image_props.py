#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""A module for Ansible: servers whose image properties are overridden."""

from __future__ import annotations

from typing import Any

import openstack
from ansible.module_utils.basic import AnsibleModule
from openstack import exceptions

from image_props_override.clients.compute_requests import (
    DiscoveryError,
    find_feature,
)
from image_props_override.clients.override_checks import read_with
from image_props_override.clients.overrides_from_yaml import (
    overrides_from_yaml,
)
from image_props_override.clients.sdk import enable
from image_props_override.core.override_request import KEY
from image_props_override.core.problems import render

DOCUMENTATION = r"""
module: server_with_image_props
short_description: A server some of whose image's properties are overridden
description:
  - Creates, rebuilds or deletes a server through openstacksdk, on a cloud
    that has nova-image-props-override.
  - What else there is to a server is C(openstack.cloud.server)'s to change.
options:
  cloud:
    description: Name of the cloud in C(clouds.yaml).
    type: str
  auth:
    description: What C(clouds.yaml) has under C(auth), in place of I(cloud).
    type: dict
  region_name:
    description: The region.
    type: str
  name:
    description: The server's name.
    type: str
    required: true
  state:
    description: Whether there shall be such a server.
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
      - Image property to value, all that the server shall have; a null
        removes the image's property.
    type: dict
    default: {}
  on_change:
    description:
      - What to do with a server that is there and has other overrides.
      - C(rebuild) writes the image over its disk. C(fail) tells the
        difference and changes nothing.
    type: str
    choices: [fail, rebuild]
    default: fail
  server:
    description:
      - Other fields of a new server, as openstacksdk's C(create_server) has
        them, such as C(networks), C(key_name) or C(user_data).
    type: dict
    default: {}
  timeout:
    description: Seconds to wait until the server is active, or gone.
    type: int
    default: 300
requirements: [nova-image-props-override, openstacksdk]
"""

RETURN = r"""
server:
  description: The server, as openstacksdk has it.
  type: dict
  returned: when there is one
"""


def main() -> None:
    """Do what the task's arguments ask for."""
    module = AnsibleModule(
        argument_spec={
            "cloud": {"type": "str"},
            "auth": {"type": "dict", "no_log": True},
            "region_name": {"type": "str"},
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
    try:
        result = _run(module, module.params)
    except (
        DiscoveryError,
        exceptions.SDKException,
        ValueError,
    ) as error:
        module.fail_json(msg=str(error))
    module.exit_json(**result)


def _run(module: AnsibleModule, params: dict[str, Any]) -> dict[str, Any]:
    chosen = ("cloud", "auth", "region_name")
    connection = openstack.connect(
        **{name: params[name] for name in chosen if params[name] is not None}
    )
    enable(connection)
    compute = connection.compute
    overrides = _as_recorded(compute, overrides_from_yaml(params[KEY]))
    server = compute.find_server(params["name"])
    if params["state"] == "absent":
        if server is not None and not module.check_mode:
            compute.delete_server(server)
            compute.wait_for_delete(server, wait=params["timeout"])
        return {"changed": server is not None}
    if server is not None:
        server = compute.get_server(server.id)
        if server.image_props_override == overrides:
            return {"changed": False, "server": _told(server)}
        if params["on_change"] == "fail":
            raise ValueError(
                f"server {server.name} ({server.id}) has the overrides"
                f" {server.image_props_override}, and not {overrides};"
                " on_change=rebuild would rebuild it, its disk with it"
            )
    if module.check_mode:
        return {"changed": True}
    image = connection.image.find_image(
        _required(params, "image"), ignore_missing=False
    )
    if server is None:
        flavor = compute.find_flavor(
            _required(params, "flavor"), ignore_missing=False
        )
        server = compute.create_server(
            **{"networks": "auto", **params["server"]},
            name=params["name"],
            image_id=image.id,
            flavor_id=flavor.id,
            image_props_override=overrides or None,
        )
    else:
        compute.rebuild_server(
            server, image.id, image_props_override=overrides
        )
    server = compute.wait_for_server(server, wait=params["timeout"])
    return {"changed": True, "server": _told(server)}


def _as_recorded(
    compute: Any, overrides: dict[str, str | None]
) -> dict[str, str | None]:
    """Return the overrides by the names that the cloud knows them by.

    A legacy alias would else be a change at each run.
    """
    feature = find_feature(compute)
    if feature is None:
        raise ValueError(
            "the compute service of this cloud does not have"
            " nova-image-props-override"
        )
    request = read_with(overrides, feature.properties)
    if request.problems:
        raise ValueError(render(request.problems))
    return dict(request.overrides)


def _required(params: dict[str, Any], name: str) -> str:
    if params[name] is None:
        raise ValueError(f"{name} is needed for that")
    return str(params[name])


def _told(server: Any) -> dict[str, Any]:
    told: dict[str, Any] = server.to_dict(computed=False)
    # Nothing of the connection.
    told.pop("location", None)
    return told


if __name__ == "__main__":
    main()
