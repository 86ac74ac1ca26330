# SPDX-License-Identifier: Apache-2.0
"""Users, roles and catalogue in Keystone; network and flavors for all.

Everything here is there only once, however often it is run.
"""

import dataclasses
import json
from typing import Any, Final

from sandbox.nova_layout import GUEST_ZONE, REAL_HOST
from sandbox.settings import PASSWORD, REGION, Settings

# The one network: each server gets a device on it unless told otherwise.
# The addresses are those that RFC 5737 keeps for documentation.
NETWORK_NAME: Final = "sandbox"
NETWORK_CIDR: Final = "192.0.2.0/24"

_CATALOGUE: Final = (
    # service user, type in the catalogue, path of its API
    ("glance", "image", ""),
    ("placement", "placement", ""),
    ("neutron", "network", ""),
    ("nova", "compute", "/v2.1"),
    ("cinder", "block-storage", "/v3"),
)


@dataclasses.dataclass(frozen=True)
class Flavor:
    """A size of server; its disk takes only as much room as is written.

    One with more vCPUs than the machine has cores boots, but not with
    ``hw_numa_nodes``: Nova overcommits no NUMA node against itself.
    """

    name: str
    vcpus: int
    ram_mib: int
    disk_gib: int = 1
    # Placement gives no server more VCPUs than the host has cores, whatever
    # the overcommitment: ask it for one.
    extra_specs: tuple[tuple[str, str], ...] = (("resources:VCPU", "1"),)


FLAVORS: Final = (
    Flavor("tiny", vcpus=1, ram_mib=256),
    Flavor("small", vcpus=2, ram_mib=512),
    # What a small one can be resized to.
    Flavor("medium", vcpus=2, ram_mib=640),
    Flavor("quad", vcpus=4, ram_mib=512),
    # Whatever an image wants of pages and pinning; the latter takes PCPUs,
    # which a flavor that asks for VCPUs rules out.
    Flavor("nfv", 2, 512, extra_specs=(("hw:mem_page_size", "any"),)),
    # debian-installer waits for a key when it has less memory.
    Flavor("installer", vcpus=1, ram_mib=1024),
)


def connect(settings: Settings, user: str = "admin") -> Any:
    """An openstacksdk connection to this cloud.

    Args:
        settings: Of a running cloud.
        user: ``admin`` or ``demo``.
    """
    import openstack  # Slow, and no command but `up` needs it.

    return openstack.connect(
        load_yaml_config=False,
        load_envvars=False,
        auth_type="password",
        auth={
            "auth_url": f"{settings.url('keystone')}/v3",
            "username": user,
            "password": PASSWORD,
            "project_name": user,
            "user_domain_name": "Default",
            "project_domain_name": "Default",
        },
        region_name=REGION,
        # The catalogue may still name the port of an earlier start.
        identity_endpoint_override=f"{settings.url('keystone')}/v3",
    )


def fill_keystone(settings: Settings) -> None:
    """Create the services' users, their endpoints, and user demo.

    Needs Keystone alone; the other services need what it makes.
    """
    catalogue = [row for row in _CATALOGUE if row[0] in settings.ports]
    endpoints = {name: settings.url(name) for name, _, _ in catalogue}
    marker = settings.db_dir / "catalogue.json"
    # Fifty requests: too slow to repeat at each start.
    if marker.exists() and json.loads(marker.read_text()) == endpoints:
        return
    cloud = connect(settings)
    identity = cloud.identity
    roles = {role.name: role for role in identity.roles()}
    service_project = _project(identity, "service")
    for name, service_type, path in catalogue:
        user = _user(identity, name)
        for role in ("admin", "service"):
            identity.assign_project_role_to_user(
                service_project, user, roles[role]
            )
        service = identity.find_service(name) or identity.create_service(
            name=name, type=service_type
        )
        _set_endpoints(identity, service, settings.url(name) + path)
    keystone = identity.find_service("keystone")
    _set_endpoints(identity, keystone, f"{settings.url('keystone')}/v3")
    identity.assign_project_role_to_user(
        _project(identity, "demo"), _user(identity, "demo"), roles["member"]
    )
    marker.write_text(json.dumps(endpoints))


def fill_nova_and_neutron(settings: Settings) -> None:
    """Create the flavors and the network; needs all services running."""
    cloud = connect(settings)
    existing = {flavor.name for flavor in cloud.compute.flavors()}
    for flavor in FLAVORS:
        if flavor.name not in existing:
            created = cloud.compute.create_flavor(
                name=flavor.name,
                flavor_id=flavor.name,
                vcpus=flavor.vcpus,
                ram=flavor.ram_mib,
                disk=flavor.disk_gib,
            )
            cloud.compute.create_flavor_extra_specs(
                created, dict(flavor.extra_specs)
            )
    if settings.is_distributed and not settings.is_fake:
        _keep_servers_on_real_hosts(cloud.compute)
    network = cloud.network.find_network(NETWORK_NAME)
    if network is None:
        network = cloud.network.create_network(name=NETWORK_NAME, shared=True)
    if cloud.network.find_subnet(NETWORK_NAME) is None:
        cloud.network.create_subnet(
            name=NETWORK_NAME,
            network_id=network.id,
            ip_version=4,
            cidr=NETWORK_CIDR,
            gateway_ip=None,
            enable_dhcp=False,
        )


def _keep_servers_on_real_hosts(compute: Any) -> None:
    """Make a zone of the hosts that run real guests.

    Servers that name no zone go there (``default_schedule_zone``); the hosts
    on Nova's fake driver are in Nova's default zone.
    """
    if not any(each.name == GUEST_ZONE for each in compute.aggregates()):
        zone = compute.create_aggregate(
            name=GUEST_ZONE, availability_zone=GUEST_ZONE
        )
        compute.add_host_to_aggregate(zone, REAL_HOST)


def _project(identity: Any, name: str) -> Any:
    return identity.find_project(name) or identity.create_project(
        name=name, domain_id="default"
    )


def _user(identity: Any, name: str) -> Any:
    return identity.find_user(name) or identity.create_user(
        name=name, password=PASSWORD, domain_id="default"
    )


def _set_endpoints(identity: Any, service: Any, url: str) -> None:
    """Give a service its endpoints at this URL, and at no other.

    The ports may have changed since the cloud last ran.
    """
    endpoints = list(identity.endpoints(service_id=service.id))
    for endpoint in endpoints:
        if endpoint.url != url:
            identity.update_endpoint(endpoint, url=url)
    for interface in {"public", "internal"} - {e.interface for e in endpoints}:
        identity.create_endpoint(
            service_id=service.id,
            interface=interface,
            url=url,
            region_id=REGION,
        )
