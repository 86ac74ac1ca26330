# SPDX-License-Identifier: Apache-2.0
"""The services' configuration files, rendered from ``sandbox/templates``."""

import getpass
import json
import os
import shutil
import string
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from sandbox import mariadb
from sandbox.machine_check import cpu_list
from sandbox.nova_layout import (
    API_LEVEL,
    GUEST_ZONE,
    GUNICORN_WORKERS,
    NovaProcess,
    cells,
    has_extension,
    nova_processes,
)
from sandbox.nova_paste import packaged_file, write_nova_paste
from sandbox.processes import LISTENER_FD
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
_DISTRIBUTED_FILES: Final = {
    "mariadb.cnf": "mariadb/mariadb.cnf",
    "gunicorn.conf": "nova/gunicorn.conf.py",
}
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
_FAKE_DRIVER: Final = (
    # The one fake driver that a restart does not turn into another compute
    # node.
    "fake.FakeDriverWithoutFakeNodes"
)
_SERVICE_USERS: Final = ("glance", "placement", "neutron", "nova", "cinder")
_API_DATABASE: Final = """\
[api_database]
connection = {url}
"""
_CELL_DATABASE: Final = """\
[database]
connection = {url}"""
# A host would ask its cell's conductor for a server's group, which is in the
# API's database; without this a live migration fails.
_NO_UPCALLS: Final = """\
[workarounds]
disable_group_policy_check_upcall = true"""
# Nova's own default is nobody.
_CROSS_CELL_POLICY: Final = """\
"compute:servers:resize:cross_cell": "rule:admin_api"
"""
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
    files = dict(_FILES)
    if settings.volumes:
        files |= _VOLUME_FILES
    if settings.is_distributed:
        files |= _DISTRIBUTED_FILES
    for template, target in files.items():
        _render(template, settings.etc_dir / target, values)
    _write_virtual_hosts(settings)
    for process in _described(settings):
        _write_nova_configuration(settings, process, values)
    # policy.yaml is the operator's.
    policies = settings.etc_dir / "nova" / "policy.d"
    policies.mkdir(exist_ok=True)
    (policies / "cross_cell.yaml").write_text(
        _CROSS_CELL_POLICY if settings.is_distributed else "{}\n"
    )
    # Glance 28 looks for it here, whatever its configuration says.
    glances = packaged_file("glance", "glance-api-paste.ini")
    shutil.copy(glances, settings.etc_dir / "glance")
    _link_under_novas_name(settings, "nova-compute")
    if not settings.rules_file.exists():
        settings.rules_file.write_text(_NO_RULES)


def _described(settings: Settings) -> list[NovaProcess]:
    """Every process of Nova, and what `nova-manage` and the doctor read."""
    cell = API_LEVEL if settings.is_distributed else "cell1"
    everything = NovaProcess("nova", "nova", "nova.conf", cell=cell)
    return [everything, *nova_processes(settings)]


def _write_nova_configuration(
    settings: Settings, process: NovaProcess, values: Mapping[str, str]
) -> None:
    apart = process.fake_guests
    state_path = process.state_path(settings)
    process.instances_path(settings).mkdir(parents=True, exist_ok=True)
    compute_id = state_path / "compute_id"
    if apart and not compute_id.exists():
        compute_id.write_text(str(uuid.uuid4()))
    path = process.configuration_file(settings)
    more = {
        "host": process.host,
        "state_path": str(state_path),
        "instances_path": str(process.instances_path(settings)),
        "virtual_host": _virtual_host(settings, process.cell),
        "nova_databases": _databases_known_to(settings, process),
        "api_paste": str(path.parent / "api-paste.ini"),
    }
    if apart:
        more |= {"compute_driver": _FAKE_DRIVER, "pinning_section": ""}
    # More than one that looks for hosts would only meet the others.
    if process.name == "nova-scheduler-2":
        more["discover_seconds"] = "-1"
    _render("nova.conf", path, {**values, **more})
    if process.binary in ("nova", "nova-api"):
        write_nova_paste(
            path.parent / "api-paste.ini",
            extension=has_extension(settings, process),
        )


def _databases_known_to(settings: Settings, process: NovaProcess) -> str:
    """The sections that name the databases that a process needs.

    Of those that it must not know, what Nova does instead.
    """
    if process.binary == "nova-compute":
        return _NO_UPCALLS if settings.is_distributed else ""
    own = _CELL_DATABASE.format(
        url=database_url(settings, f"nova_{process.cell}")
    )
    # As in production: a cell knows nothing of what is above it.
    if settings.is_distributed and process.cell != API_LEVEL:
        return own
    return _API_DATABASE.format(url=database_url(settings, "nova_api")) + own


def _virtual_host(settings: Settings, cell: str) -> str:
    """RabbitMQ's for the messages of a cell; "" is its default one."""
    return cell if settings.is_distributed and cell != API_LEVEL else ""


def _write_virtual_hosts(settings: Settings) -> None:
    """Write what RabbitMQ makes at its start: a virtual host for each cell."""
    names = {_virtual_host(settings, cell) or "/" for cell in cells(settings)}
    everything = {"configure": ".*", "write": ".*", "read": ".*"}
    hosts = sorted({"/", *names})
    definitions = {
        "vhosts": [{"name": name} for name in hosts],
        "users": [{"name": "guest", "password": "guest", "tags": ""}],
        "permissions": [
            {"user": "guest", "vhost": name, **everything} for name in hosts
        ],
    }
    path = settings.etc_dir / "rabbitmq" / "definitions.json"
    path.write_text(json.dumps(definitions, indent=1) + "\n")


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


def on_mariadb(settings: Settings) -> tuple[str, ...]:
    """Names of the databases that are in MariaDB; the others are SQLite's."""
    if not settings.is_distributed:
        return ()
    return (
        "nova_api",
        *(f"nova_{cell}" for cell in (API_LEVEL, *cells(settings))),
    )


def database_url(settings: Settings, name: str) -> str:
    """The SQLAlchemy URL of one of the `DATABASES`, or of Cinder's."""
    if name in on_mariadb(settings):
        return mariadb.url(settings, name)
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
        "packaged_etc": str(
            packaged_file("nova", "api-paste.ini").parent.parent
        ),
        "glance_url": settings.url("glance"),
        "token_check": _token_check(settings),
        "compute_driver": (
            _FAKE_DRIVER
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
        "schedule_zone": (
            f"default_schedule_zone = {GUEST_ZONE}"
            if settings.is_distributed and not settings.is_fake
            else ""
        ),
        "discover_seconds": "2" if settings.has_broker else "-1",
        "mariadb_user": getpass.getuser(),
        "mariadb_share": str(mariadb.SHARE),
        "mariadb_socket": str(mariadb.socket(settings)),
        "database_port": str(settings.database_port),
        "listener_fd": str(LISTENER_FD),
        "gunicorn_workers": str(GUNICORN_WORKERS),
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
