# SPDX-License-Identifier: Apache-2.0
"""The services' configuration files, rendered from ``sandbox/templates``."""

import os
import shutil
import string
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from sandbox.machine_check import cpu_list
from sandbox.nova_paste import packaged_file, write_nova_paste
from sandbox.settings import PASSWORD, REGION, Settings

# Beside nova.conf, which is written anew at each start.
OPERATORS_FILE: Final = "operator.conf"
TEMPLATES: Final = Path(__file__).resolve().parent / "templates"

# Template -> where it goes, below the configuration folder.
_FILES: Final = {
    "keystone.conf": "keystone/keystone.conf",
    "glance-api.conf": "glance/glance-api.conf",
    "placement.conf": "placement/placement.conf",
    "neutron.conf": "neutron/neutron.conf",
    "libvirtd.conf": "libvirt/libvirtd.conf",
    "qemu.conf": "libvirt/qemu.conf",
    "rabbitmq.conf": "rabbitmq/rabbitmq.conf",
}
_VOLUME_FILES: Final = {"cinder.conf": "cinder/cinder.conf"}
DATABASES: Final = (
    "keystone",
    "glance",
    "placement",
    "neutron",
    "nova_api",
    "nova_cell0",
    "nova_cell1",
)
VOLUME_DATABASES: Final = ("cinder",)
_SERVICE_USERS: Final = ("glance", "placement", "neutron", "nova", "cinder")
_NOVA_DATABASES: Final = """\
[api_database]
connection = {api}
[database]
connection = {cell}"""
# Of the pretended host's eight CPUs, half are for pinned guests.
_NFV_SECTION: Final = """\
[libvirt]
swtpm_enabled = false"""
_NFV_CPUS: Final = ("0,1,4,5", "2,3,6,7")
# The filter is what an operator of such hosts adds to Nova's own.
_PINNING_SECTION: Final = """\
[compute]
cpu_shared_set = {shared}
cpu_dedicated_set = {pinned}
[filter_scheduler]
enabled_filters = ComputeFilter,ComputeCapabilitiesFilter,\
ImagePropertiesFilter,NUMATopologyFilter"""
_CINDER_SECTION: Final = """\
[cinder]
catalog_info = block-storage::publicURL
{credentials}"""
_EXTENSION_SECTION: Final = """\
[image_props_override]
allow = *
# One property, so that a user can see what a refusal says.
deny = img_config_drive
rules_file = {rules_file}"""
# For the sandbox's operator to write rules into; see docs/operator/admin.md.
_NO_RULES: Final = """\
# Read again when it changes; docs/examples/rules.yaml shows what it can say.
rules: []
"""


def write_configuration(settings: Settings) -> None:
    """Write every service's configuration, and the folders it names.

    Args:
        settings: With ``virt`` decided (not ``auto``).
    """
    for folder in (
        "glance/images",
        "glance/staging",
        "glance/tasks",
        "locks",
        "neutron",
        "nova",
        "instances",
    ):
        (settings.var_dir / folder).mkdir(parents=True, exist_ok=True)
    compute_id = settings.var_dir / "nova" / "compute_id"
    if not compute_id.exists():
        # Nova would make it up at its first start, and refuse each later
        # one if that was interrupted too early.
        compute_id.write_text(_host_uuid(settings))
    values = _template_values(settings)
    files = _FILES | (_VOLUME_FILES if settings.volumes else {})
    for template, target in files.items():
        _render(template, settings.etc_dir / target, values)
    nova = settings.etc_dir / "nova"
    databases = _NOVA_DATABASES.format(
        api=values["database_nova_api"], cell=values["database_nova_cell1"]
    )
    _render("nova.conf", nova / "nova.conf", values, nova_databases=databases)
    # A nova-compute of its own must not know the databases.
    _render("nova.conf", nova / "nova-compute.conf", values, nova_databases="")
    write_nova_paste(
        settings.etc_dir / "nova" / "api-paste.ini",
        extension=settings.extension,
    )
    # Glance 28 looks for it here, whatever its configuration says.
    glances = packaged_file("glance", "glance-api-paste.ini")
    shutil.copy(glances, settings.etc_dir / "glance")
    _link_under_novas_name(settings, "nova-compute")
    if not settings.rules_file.exists():
        settings.rules_file.write_text(_NO_RULES)


def _link_under_novas_name(settings: Settings, name: str) -> None:
    """Make one of our services one of Nova's, for who has this in PATH."""
    settings.novas_names_dir.mkdir(exist_ok=True)
    link = settings.novas_names_dir / name
    link.unlink(missing_ok=True)
    link.symlink_to(settings.bin_dir / f"{name}-image-props")


def _render(
    template: str, path: Path, values: Mapping[str, str], **more: str
) -> None:
    text = (TEMPLATES / template).read_text()
    # What an operator of the sandbox adds to Nova's configuration: the last
    # value of an option counts, wherever its section is.
    added = Path(values["etc_dir"], "nova", OPERATORS_FILE)
    path.parent.mkdir(parents=True, exist_ok=True)
    rendered = string.Template(text).substitute(values, **more)
    if template == "nova.conf" and added.exists():
        rendered += f"\n# {OPERATORS_FILE}\n{added.read_text()}"
    path.write_text(rendered)


def database_url(settings: Settings, name: str) -> str:
    """The SQLAlchemy URL of one of the `DATABASES`, or of Cinder's."""
    # timeout: seconds SQLite waits for another writer before it gives up.
    return f"sqlite:///{settings.db_dir}/{name}.db?timeout=60"


def _template_values(settings: Settings) -> dict[str, str]:
    values = {
        f"database_{name}": database_url(settings, name)
        for name in DATABASES + VOLUME_DATABASES
    }
    values |= {
        f"credentials_{user}": _credentials(settings, user)
        for user in _SERVICE_USERS
    }
    return values | {
        "etc_dir": str(settings.etc_dir),
        "var_dir": str(settings.var_dir),
        "instances_dir": str(settings.instances_dir),
        "packaged_etc": str(
            packaged_file("nova", "api-paste.ini").parent.parent
        ),
        "glance_url": settings.url("glance"),
        "token_check": _token_check(settings),
        "compute_driver": (
            # The one fake driver that a restart does not turn into another
            # compute node.
            "fake.FakeDriverWithoutFakeNodes"
            if settings.virt == "fake"
            else "libvirt.LibvirtDriver"
        ),
        "virt_type": "kvm" if settings.virt == "kvm" else "qemu",
        "libvirt_uri": settings.libvirt_uri,
        "libvirt_socket_dir": str(settings.libvirt_socket.parent),
        "host_uuid": _host_uuid(settings),
        "vnc_port_first": str(settings.vnc_ports[0]),
        "vnc_port_last": str(settings.vnc_ports[-1]),
        # Messages stay in the one process, or go through RabbitMQ.
        "messaging": "rabbit" if settings.has_broker else "fake",
        "discover_seconds": "2" if settings.has_broker else "-1",
        "broker_port": str(settings.broker_ports["amqp"]),
        "nfv_section": _NFV_SECTION if settings.pretends_nfv_host else "",
        "pinning_section": _pinning_section(settings),
        "cinder_section": (
            _CINDER_SECTION.format(credentials=_credentials(settings, "nova"))
            if settings.volumes
            else ""
        ),
        "extension_section": (
            _EXTENSION_SECTION.format(rules_file=settings.rules_file)
            if settings.extension
            else ""
        ),
    }


def _pinning_section(settings: Settings) -> str:
    pinned = settings.pinned_cpu_numbers
    if settings.pretends_nfv_host:
        shared_list, pinned_list = _NFV_CPUS
    elif pinned:
        shared_list = cpu_list(os.sched_getaffinity(0) - pinned)
        pinned_list = cpu_list(pinned)
    else:
        return ""
    return _PINNING_SECTION.format(shared=shared_list, pinned=pinned_list)


def _credentials(settings: Settings, user: str) -> str:
    """The lines with which a service logs in at Keystone as itself."""
    return f"""\
auth_type = password
auth_url = {settings.url("keystone")}/v3
username = {user}
password = {PASSWORD}
project_name = service
user_domain_name = Default
project_domain_name = Default
region_name = {REGION}"""


def _token_check(settings: Settings) -> str:
    """The lines with which a service has its callers' tokens checked."""
    return f"""\
www_authenticate_uri = {settings.url("keystone")}/v3
service_token_roles_required = true
service_token_roles = service"""


def _host_uuid(settings: Settings) -> str:
    path = settings.var_dir / "host_uuid"
    if not path.exists():
        path.write_text(str(uuid.uuid4()))
    return path.read_text()
