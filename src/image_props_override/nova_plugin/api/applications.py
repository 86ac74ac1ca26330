# SPDX-License-Identifier: Apache-2.0
"""The applications that ``api-paste.ini`` names instead of Nova's."""

from __future__ import annotations

import functools
from typing import Any

from nova.api.openstack.compute import (
    create_backup,
    deferred_delete,
    evacuate,
    migrate_server,
    rescue,
    servers,
    shelve,
    suspend_server,
    versionsV21,
)
from nova.conf import CONF

from image_props_override.nova_plugin import conf as options
from image_props_override.nova_plugin.api.catalogue_controller import (
    PATH as CATALOGUE_PATH,
)
from image_props_override.nova_plugin.api.catalogue_controller import (
    CatalogueController,
)
from image_props_override.nova_plugin.api.microversion import (
    MicroversionLayer,
    WsgiApplication,
    after_novas_last,
)
from image_props_override.nova_plugin.api.preview_controller import (
    PATH as PREVIEW_PATH,
)
from image_props_override.nova_plugin.api.preview_controller import (
    PreviewController,
)
from image_props_override.nova_plugin.api.servers_controller import (
    ServersController,
)
from image_props_override.nova_plugin.api.version_documents import (
    Versions,
    VersionsController,
    VersionsV2,
)
from image_props_override.nova_plugin.boot.dry_run import DryRun
from image_props_override.nova_plugin.boot.host_reports import HostReports
from image_props_override.nova_plugin.lifecycle.long_lines import (
    keep_long_lines,
)
from image_props_override.nova_plugin.lifecycle.notifications import (
    keep_record_out_of_notifications,
)
from image_props_override.nova_plugin.lifecycle.server_operations import (
    ServerOperations,
)
from image_props_override.nova_plugin.lifecycle.service_support import (
    ServiceSupport,
)
from image_props_override.nova_plugin.lifecycle.stopped_server import (
    StoppedServers,
)
from image_props_override.nova_plugin.nova_privates import routes
from image_props_override.nova_plugin.properties.catalogue_from_nova import (
    catalogue_from_nova,
)
from image_props_override.nova_plugin.request.admission import Admission
from image_props_override.nova_plugin.request.audit import load_auditor
from image_props_override.nova_plugin.rules import policies
from image_props_override.nova_plugin.rules.configured_rules import load_rules
from image_props_override.nova_plugin.rules.glance_protections import (
    load_protections,
)

# Nova's controllers whose actions read the image again, make a new one, or
# start a guest.
WITH_OUR_COMPUTE_API = (
    create_backup.CreateBackupController,
    deferred_delete.DeferredDeleteController,
    evacuate.EvacuateController,
    migrate_server.MigrateServerController,
    rescue.RescueController,
    shelve.ShelveController,
    suspend_server.SuspendServerController,
)


def compute_app(_global_config: Any, **_local_config: Any) -> WsgiApplication:
    """Return the compute API: ``[app:osapi_compute_app_v21]``.

    Raises:
        RulesFileError: The rules file cannot be used.
        ProtectionFileError: The property protection file cannot be used.
    """
    keep_record_out_of_notifications()
    keep_long_lines()
    policies.register()
    options.register(CONF)
    section = CONF[options.GROUP.name]
    microversion = after_novas_last()
    catalogue = catalogue_from_nova()
    admission = Admission(catalogue, load_rules(CONF, catalogue))
    protections = load_protections(section, catalogue)
    host_reports = HostReports(
        catalogue,
        CONF,
        section.supported_refresh_seconds,
        refuse=section.refuse_unsupported,
    )
    auditor = load_auditor(CONF, catalogue)
    service_support = ServiceSupport()
    operations = ServerOperations(
        admission,
        protections,
        host_reports,
        auditor,
        service_support,
        require_services=section.require_services,
    )
    stopped_servers = StoppedServers(
        admission, auditor, operations, service_support
    )
    router = routes.build_router(
        replacements={
            servers.ServersController: functools.partial(
                ServersController,
                admission,
                auditor,
                operations,
                stopped_servers,
            ),
            **{
                controller: functools.partial(
                    routes.controller_with, controller, operations
                )
                for controller in WITH_OUR_COMPUTE_API
            },
            versionsV21.VersionsController: functools.partial(
                VersionsController, microversion
            ),
        },
        added=(
            routes.new_route(
                CATALOGUE_PATH,
                "GET",
                functools.partial(
                    CatalogueController,
                    catalogue,
                    admission.rules,
                    microversion,
                    host_reports,
                ),
                "index",
            ),
            routes.new_route(
                PREVIEW_PATH,
                "POST",
                functools.partial(
                    PreviewController,
                    admission,
                    DryRun(catalogue, protections, host_reports),
                    stopped_servers,
                    host_reports,
                ),
                "preview",
            ),
        ),
    )
    return MicroversionLayer(router, microversion)


def versions_app(_global_config: Any, **_local_config: Any) -> WsgiApplication:
    """Return the list of versions: ``[app:oscomputeversionapp]``."""
    application: WsgiApplication = Versions(after_novas_last())
    return application


def version_app(_global_config: Any, **_local_config: Any) -> WsgiApplication:
    """Return one version's document: ``[app:oscomputeversionapp_v2]``."""
    ours = after_novas_last()
    return MicroversionLayer(VersionsV2(ours), ours)
