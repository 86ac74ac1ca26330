#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""A module for Ansible: servers that an OS installer has installed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from openstack import exceptions

from image_props_override.clients.ansible_tasks import (
    CLOUD,
    check_server_fields,
    connect,
    required,
    server_document,
)
from image_props_override.clients.overrides_from_yaml import (
    overrides_from_yaml,
)
from image_props_override.clients.sdk import install_server
from image_props_override.clients.sdk.installation import installer_named
from image_props_override.clients.sdk.server import find_server
from image_props_override.core.boot.installation import DONE, MARK
from image_props_override.core.override_request import KEY

DOCUMENTATION = r"""
module: installed_server
short_description: A server that an operating system's installer has installed
description:
  - Creates a server that boots an installer from kernel and RAM disk, waits
    until the guest powers itself off, takes kernel, RAM disk and command line
    off the server, and starts it from its own disk.
  - If a run is interrupted, the next one continues where it stopped. An
    installed server is left unchanged.
  - The cloud needs nova-image-props-override.
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
  kernel:
    description: Name or ID of the image of the installer's kernel.
    type: str
    required: true
  ramdisk:
    description: Name or ID of the image of the installer's RAM disk.
    type: str
  command_line:
    description: Command line of the kernel.
    type: str
  image:
    description:
      - Name or ID of the image of an empty disk to install on. Without it,
        I(server) needs a C(block_device_mapping).
    type: str
  flavor:
    description: Name or ID of the flavor.
    type: str
    required: true
  image_props_override:
    description:
      - Further image properties to override, which the server keeps; a null
        removes the image's property.
    type: dict
    default: {}
  server:
    description:
      - Other fields of the server, as openstacksdk's C(create_server) has
        them, such as C(networks), C(key_name) or C(user_data). Other names
        are refused.
    type: dict
    default: {}
  start:
    description: Whether to start the server once it is installed.
    type: bool
    default: true
  timeout:
    description: Seconds that the guest may take to power itself off.
    type: int
    default: 3600
requirements: [nova-image-props-override, openstacksdk]
"""

EXAMPLES = r"""
- name: The server is installed, by Debian's installer
  installed_server:
    cloud: mycloud
    name: web1
    kernel: debian-kernel
    ramdisk: debian-initrd
    command_line: >-
      auto=true priority=critical console=ttyS0
      url=http://169.254.169.254/openstack/latest/user_data
    image: blank
    flavor: small
    server:
      user_data: "{{ lookup('file', 'preseed.cfg') | b64encode }}"
      networks: auto
"""

RETURN = r"""
server:
  description: The server, as openstacksdk has it.
  type: dict
  returned: when there is one
  sample:
    id: 9168b536-cd40-4630-b43f-b259807c6e87
    name: web1
    status: ACTIVE
    image_props_override: {}
"""


def main() -> None:
    """Do what the task's arguments ask for."""
    module = AnsibleModule(
        argument_spec={
            **CLOUD,
            "name": {"type": "str", "required": True},
            "kernel": {"type": "str", "required": True},
            "ramdisk": {"type": "str"},
            "command_line": {"type": "str"},
            "image": {"type": "str"},
            "flavor": {"type": "str", "required": True},
            KEY: {"type": "dict", "default": {}},
            "server": {"type": "dict", "default": {}},
            "start": {"type": "bool", "default": True},
            "timeout": {"type": "int", "default": 3600},
        },
        mutually_exclusive=[("cloud", "auth")],
        supports_check_mode=True,
    )
    try:
        result = _install(module.params, module.check_mode)
    except (exceptions.SDKException, ValueError) as error:
        module.fail_json(msg=str(error))
    module.exit_json(**result)


def _install(params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    """Install the server, or go on with it, if it is not installed."""
    check_server_fields(params["server"])
    if params["image"] is None and not params["server"].get(
        "block_device_mapping"
    ):
        required(params, "image")
    connection = connect(params)
    before = find_server(connection.compute, params["name"])
    if before is not None and before.metadata.get(MARK) == DONE:
        return {"changed": False, "server": server_document(before)}
    if check_mode:
        return {"changed": True}

    installer = installer_named(
        connection,
        params["kernel"],
        params["ramdisk"],
        params["command_line"],
    )
    flavor = connection.compute.find_flavor(
        params["flavor"], ignore_missing=False
    )
    fields = {**params["server"], "flavor_id": flavor.id}
    if params["image"] is not None:
        image = connection.image.find_image(
            params["image"], ignore_missing=False
        )
        fields["image_id"] = image.id
    server = install_server(
        connection,
        params["name"],
        installer,
        image_props_override=overrides_from_yaml(params[KEY]),
        start=params["start"],
        timeout_seconds=params["timeout"],
        **fields,
    )
    return {"changed": True, "server": server_document(server)}


if __name__ == "__main__":
    main()
