# SPDX-License-Identifier: Apache-2.0
"""The places of Nova that the plug-in takes hold of."""

from __future__ import annotations

import functools
import inspect
from typing import Any

import pytest
from nova import exception
from nova.api.openstack import wsgi
from nova.api.openstack.compute import (
    create_backup,
    rescue,
    routes,
    servers,
    shelve,
    versions,
    versionsV21,
)
from nova.api.openstack.compute.views import servers as servers_views
from nova.compute import api as compute_api
from nova.virt import hardware
from nova.virt.libvirt import config as libvirt_config
from nova.virt.libvirt import driver as libvirt_driver

from image_props_override.core.boot.record import PINNED_BY_NOVA
from image_props_override.nova_plugin.api.applications import (
    WITH_OUR_COMPUTE_API,
)
from image_props_override.nova_plugin.boot.nova_constraints import CHECKS


def test_routes_are_made_by_partials() -> None:
    """Each route names the maker of its resource: _create_controller."""
    makers = [
        maker
        for _, methods in routes.ROUTE_LIST
        if not isinstance(methods, str)
        for maker, _ in methods.values()
    ]
    assert makers
    for maker in makers:
        assert isinstance(maker, functools.partial)
        assert maker.func is routes._create_controller
        # One of Nova 29 is no wsgi.Controller.
        assert inspect.isclass(maker.args[0])


def test_controllers_that_we_replace_have_routes() -> None:
    """Both are in Nova's route list, so replacing them has an effect."""
    replaced = {
        maker.args[0]
        for _, methods in routes.ROUTE_LIST
        if not isinstance(methods, str)
        for maker, _ in methods.values()
    }
    assert servers.ServersController in replaced
    assert versionsV21.VersionsController in replaced


def test_merge_point() -> None:
    """The one method that all boots pass begins with these arguments."""
    signature = inspect.signature(
        compute_api.API._validate_and_build_base_options
    )
    assert list(signature.parameters)[:4] == [
        "self",
        "context",
        "flavor",
        "boot_meta",
    ]


def test_create_checks_before_it_writes() -> None:
    """All that create looks at of the image comes before it provisions."""
    source = inspect.getsource(compute_api.API._create_instance)
    before, _, after = source.partition("self._provision_instances(")
    for check in (
        "_validate_and_build_base_options(",
        "_check_and_transform_bdm(",
        "_update_ephemeral_encryption_bdms(",
        "_checks_for_create_and_rebuild(",
    ):
        assert check in before
        assert check not in after
    for change in (".create(", ".save(", "reserve", "attachment"):
        assert change not in before
    provisions = inspect.getsource(compute_api.API._provision_instances)
    assert "check_num_instances_quota(" in provisions


def test_checks_of_an_image() -> None:
    """What a preview asks of create's own checks, with these arguments."""
    api = compute_api.API
    for method, parameters in (
        (
            api._handle_kernel_and_ramdisk,
            ["context", "kernel_id", "ramdisk_id", "image"],
        ),
        (api._detect_nonbootable_image_from_properties, ["image_id", "image"]),
        (
            api._validate_flavor_image,
            [
                "context",
                "image_id",
                "image",
                "flavor",
                "root_bdm",
                "validate_numa",
            ],
        ),
        (
            api._check_and_transform_bdm,
            [
                "context",
                "base_options",
                "flavor",
                "image_meta",
                "min_count",
                "max_count",
                "block_device_mapping",
                "legacy_bdm",
            ],
        ),
    ):
        names = list(inspect.signature(method).parameters)
        assert [each for each in names if each != "self"] == parameters


def test_create_returns_the_servers() -> None:
    """Nova's create returns the instances and a reservation id."""
    source = inspect.getsource(compute_api.API.create)
    assert "return self._create_instance(" in source
    created = inspect.getsource(compute_api.API._create_instance)
    assert "return instances, reservation_id" in created


def test_create_answers_202() -> None:
    """The response code that our method must repeat."""
    assert _codes(servers.ServersController.create) == [202]


def test_views_show_every_detailed_server() -> None:
    """Each detailed server of an answer passes the view's show()."""
    source = inspect.getsource(servers_views.ViewBuilder.detail)
    assert "self._list_view(self.show, request" in source
    parameters = inspect.signature(servers_views.ViewBuilder.show).parameters
    assert list(parameters)[:3] == ["self", "request", "instance"]
    assert (
        servers.ServersController._view_builder_class
        is servers_views.ViewBuilder
    )
    made = "self._view_builder = self._view_builder_class()"
    assert made in inspect.getsource(wsgi.Controller.__init__)


def test_refusals_are_400() -> None:
    """The exception that we derive from is a client error to Nova."""
    assert (
        exception.FlavorImageConflict
        in servers.INVALID_FLAVOR_IMAGE_EXCEPTIONS
    )
    for action in (
        "create",
        "_resize",
        servers.ServersController.wsgi_actions["rebuild"],
    ):
        source = inspect.getsource(getattr(servers.ServersController, action))
        assert "except INVALID_FLAVOR_IMAGE_EXCEPTIONS" in source


def test_resize_takes_a_flavor() -> None:
    """Where it is None, the server is migrated."""
    resize = inspect.signature(compute_api.API.resize)
    assert list(resize.parameters)[1:4] == ["context", "instance", "flavor_id"]
    assert resize.parameters["flavor_id"].default is None


@pytest.mark.parametrize("name", CHECKS)
def test_flavor_checks(name: str) -> None:
    """Each check that we ask early takes a flavor and image metadata."""
    if not hasattr(hardware, name):
        pytest.skip("the installed Nova does not have this check")
    parameters = inspect.signature(getattr(hardware, name)).parameters
    assert list(parameters)[:2] == ["flavor", "image_meta"]


def test_version_documents() -> None:
    """The documents that we rewrite have these keys."""
    assert set(versions.VERSIONS) == {"v2.0", "v2.1"}
    assert "version" in versions.VERSIONS["v2.1"]


def test_actions_of_other_controllers() -> None:
    """Each route has a list of controllers, made without arguments."""
    actions = {
        action
        for _, methods in routes.ROUTE_LIST
        if not isinstance(methods, str)
        for maker, _ in methods.values()
        for action in maker.args[1]
    }
    assert set(WITH_OUR_COMPUTE_API) <= actions


@pytest.mark.parametrize("controller", WITH_OUR_COMPUTE_API)
def test_controllers_of_actions(controller: type[wsgi.Controller]) -> None:
    """They reach servers through an attribute that can be replaced."""
    source = inspect.getsource(controller)
    assert "self.compute_api = compute.API()" in source


def test_rebuild_answers_202() -> None:
    """The response code that our method must repeat."""
    name = servers.ServersController.wsgi_actions["rebuild"]
    assert _codes(getattr(servers.ServersController, name)) == [202]


def _codes(method: Any) -> list[int]:
    if hasattr(method, "wsgi_codes"):
        return [code for code, _, _ in method.wsgi_codes._codes]
    # Older releases have one code for all microversions.
    return [method.wsgi_code]


def test_conflicts_are_409() -> None:
    """The exception that we derive from is a conflict to Nova."""
    for controller, action in (
        (servers.ServersController, "rebuild"),
        (rescue.RescueController, "rescue"),
        (shelve.ShelveController, "shelve"),
    ):
        method = getattr(controller, controller.wsgi_actions[action])
        assert "exception.InstanceIsLocked" in inspect.getsource(method)


def test_way_of_a_rebuild() -> None:
    """Nova's steps come in the order that ours rely on.

    The image is read and checked before anything is saved; what is saved is
    what we undo; the task is sent last, with keywords.
    """
    source = inspect.getsource(compute_api.API.rebuild)
    steps = (
        "self._get_image(context, image_href)",
        "self._checks_for_create_and_rebuild(",
        "instance.update(options_from_image)",
        "instance.task_state = task_states.REBUILDING",
        "instance.image_ref = image_href",
        'instance.kernel_id = kernel_id or ""',
        'instance.ramdisk_id = ramdisk_id or ""',
        "instance.save(expected_task_state=[None])",
        "orig_sys_metadata = _reset_image_metadata()",
        "self._record_action_start(",
        "request_spec.save()",
        "del request_spec.id",
        "request_spec.scheduler_hints['_nova_check_type'] = ['rebuild']",
        "request_spec.force_hosts = [instance.host]",
        "request_spec.force_nodes = [instance.node]",
        "self.compute_task_api.rebuild_instance(context, instance=instance,",
    )
    places = [source.find(step) for step in steps]
    assert -1 not in places
    assert places == sorted(places)


def test_what_a_rebuild_takes_from_the_image() -> None:
    """These fields of the instance are undone with the rest."""
    source = inspect.getsource(compute_api.API._inherit_properties_from_image)
    for name in ("os_type", "architecture", "vm_mode", "auto_disk_config"):
        assert f"'{name}'" in source


def test_snapshots_are_created_through_the_image_api() -> None:
    """Each snapshot is made by the image API that we hand in."""
    for name in ("snapshot", "backup", "shelve"):
        source = inspect.getsource(getattr(compute_api.API, name))
        assert "self.image_api" in source
    source = inspect.getsource(compute_api.API.snapshot_volume_backed)
    assert "self.image_api.create(context, image_meta)" in source


def test_snapshots_are_asked_for_with_keywords() -> None:
    """What the request adds to a snapshot has its name in the call."""
    for controller, action in (
        (servers.ServersController, "createImage"),
        (create_backup.CreateBackupController, "createBackup"),
    ):
        method = getattr(controller, controller.wsgi_actions[action])
        assert "extra_properties=" in inspect.getsource(method)


def test_what_libvirt_pins() -> None:
    """These get a value in system metadata that nobody asked for."""
    pinned = libvirt_driver.REGISTER_IMAGE_PROPERTY_DEFAULTS
    assert set(pinned) == PINNED_BY_NOVA


def test_guest_config() -> None:
    """libvirt's driver defines each guest by a configuration that we add to.

    Nova's configurations know nothing of what happens at a reboot.
    """
    driver = libvirt_driver.LibvirtDriver
    parameters = list(inspect.signature(driver._get_guest_config).parameters)
    assert parameters[:6] == [
        *("self", "instance", "network_info"),
        *("image_meta", "disk_info", "rescue"),
    ]
    assert "conf = self._get_guest_config(" in inspect.getsource(
        driver._get_guest_xml
    )
    assert "conf.to_xml()" in inspect.getsource(driver._get_guest_xml)
    config = libvirt_config.LibvirtConfigGuest()
    assert "self.format_dom()" in inspect.getsource(config.to_xml)
    assert "on_reboot" not in inspect.getsource(libvirt_config)
