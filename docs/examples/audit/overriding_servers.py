"""List the servers of all projects that override an image property."""

import sys

import openstack

from image_props_override.clients.sdk import enable

connection = openstack.connect()
enable(connection)
for server in connection.compute.servers(all_projects=True):
    overrides = server.image_props_override or {}
    if sys.argv[1] in overrides:
        print(server.project_id, server.id, overrides[sys.argv[1]])
