# SPDX-License-Identifier: Apache-2.0
"""The places of Nova's services that our managers take hold of."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from nova import baserpc, context, rpc, service, utils
from nova.compute import api as compute_api
from nova.compute import manager as compute_manager
from nova.compute import rpcapi as compute_rpcapi
from nova.conductor import manager as conductor_manager
from nova.conductor import rpcapi as conductor_rpcapi
from nova.objects import image_meta
from nova.safe_utils import get_wrapped_function
from nova.virt import driver as virt_driver
from nova.virt.libvirt import driver as libvirt_driver

from image_props_override.core.boot.record import PINNED_BY_NOVA
from image_props_override.core.properties.limits import IMAGE_PREFIX
from image_props_override.nova_plugin.services.main import MANAGERS

COMPUTE = compute_manager.ComputeManager
TASKS = conductor_manager.ComputeTaskManager
Method = Callable[..., Any]


@pytest.mark.parametrize(
    ("method", "leading"),
    [
        (
            COMPUTE.rebuild_instance,
            ["context", "instance", "orig_image_ref", "image_ref"],
        ),
        (
            COMPUTE.rescue_instance,
            ["context", "instance", "rescue_password", "rescue_image_ref"],
        ),
        (
            COMPUTE.finish_snapshot_based_resize_at_dest,
            ["ctxt", "instance", "migration", "snapshot_id"],
        ),
        (
            COMPUTE._do_rebuild_instance,
            [
                *("context", "instance", "orig_image_ref", "image_meta"),
                *("injected_files", "new_pass", "orig_sys_metadata"),
                *("bdms", "evacuate"),
            ],
        ),
        (
            COMPUTE._default_block_device_names,
            ["instance", "image_meta", "block_devices"],
        ),
        (TASKS.unshelve_instance, ["context", "instance"]),
        (
            TASKS._validate_image_traits_for_rebuild,
            ["context", "instance", "image_ref"],
        ),
        (virt_driver.ComputeDriver.rescue, ["context", "instance"]),
    ],
)
def test_arguments(method: Method, leading: list[str]) -> None:
    """Each method that we stand before begins with these arguments."""
    names = list(inspect.signature(get_wrapped_function(method)).parameters)
    assert names[1 : len(leading) + 1] == leading


def test_arguments_of_conductors_rebuild() -> None:
    """Those that we look at; RPC hands all of them on by name."""
    parameters = inspect.signature(TASKS.rebuild_instance).parameters
    assert {
        *("orig_image_ref", "image_ref", "orig_sys_metadata"),
        *("recreate", "host"),
    } <= parameters.keys()
    source = inspect.getsource(conductor_rpcapi.ComputeTaskAPI)
    assert "cctxt.cast(ctxt, 'rebuild_instance', **kw)" in source


@pytest.mark.parametrize(
    ("owner", "calls"),
    [
        # Each reads the image anew, through the attribute that we wrap.
        (COMPUTE.rebuild_instance, ["self.image_api, image_ref"]),
        (COMPUTE._get_rescue_image, ["self.image_api, rescue_image_ref"]),
        (
            COMPUTE._finish_snapshot_based_resize_at_dest,
            ["self.image_api, snapshot_id"],
        ),
        (
            libvirt_driver.LibvirtDriver.rescue,
            ["self._image_api, instance.image_ref", "self._volume_api"],
        ),
        (
            TASKS._validate_image_traits_for_rebuild,
            ["self.image_api, image_ref"],
        ),
        (TASKS.unshelve_instance, ["self.image_api.get(", "shelved_image_id"]),
    ],
)
def test_images_are_read_here(owner: Method, calls: list[str]) -> None:
    """Nova reads the server's image at these places."""
    source = " ".join(inspect.getsource(get_wrapped_function(owner)).split())
    for call in calls:
        assert call in source


def test_no_other_place_reads_image_properties() -> None:
    """A new place would need our attention."""
    reads = {
        module.__name__: len(
            re.findall("ImageMeta.from_image_ref", inspect.getsource(module))
        )
        for module in (compute_manager, conductor_manager, libvirt_driver)
    }
    assert reads == {
        "nova.compute.manager": 3,
        "nova.conductor.manager": 1,
        "nova.virt.libvirt.driver": 1,
    }


def test_apis_of_the_driver() -> None:
    """libvirt's driver reads images and volumes through these attributes."""
    source = inspect.getsource(libvirt_driver.LibvirtDriver.__init__)
    assert "self._image_api = glance.API()" in source
    assert "self._volume_api = cinder.API()" in source


def test_rescue_of_the_driver() -> None:
    """It is called as an attribute of the manager's one driver."""
    source = inspect.getsource(get_wrapped_function(COMPUTE.rescue_instance))
    assert "self.driver.rescue(" in source


def test_rebuild_is_prepared_after_the_image_is_read() -> None:
    """Where before_rebuild fails, Nova counts it as a failed rebuild."""
    rebuild = inspect.getsource(get_wrapped_function(COMPUTE.rebuild_instance))
    first, then = "_error_out_instance_on_exception", "_with_claim("
    assert rebuild.index(first) < rebuild.index(then)
    inner = inspect.getsource(COMPUTE._do_rebuild_instance_with_claim)
    assert "self._do_rebuild_instance(" in inner


def test_traits_are_checked_before_the_cell() -> None:
    """before_scheduling is called where Nova handles NoValidHost."""
    source = inspect.getsource(TASKS.rebuild_instance)
    positions = [
        source.index(each)
        for each in (
            "self._validate_image_traits_for_rebuild(",
            "self._restrict_request_spec_to_cell(",
            "except (exception.NoValidHost",
        )
    ]
    assert positions == sorted(positions)


def test_kernel_of_an_image() -> None:
    """What nova-api makes of the image, which we take back."""
    source = inspect.getsource(compute_api.API._handle_kernel_and_ramdisk)
    assert "if kernel_id == 'nokernel':" in source
    rebuild = inspect.getsource(get_wrapped_function(compute_api.API.rebuild))
    assert 'instance.kernel_id = kernel_id or ""' in rebuild
    inherited = inspect.getsource(
        compute_api.API._inherit_properties_from_image
    )
    for name in ("os_type", "architecture", "vm_mode"):
        assert f"'{name}': image_properties.get('{name}')" in inherited


def test_pins() -> None:
    """libvirt keeps these of the first boot; a rescue, the machine type."""
    assert set(libvirt_driver.REGISTER_IMAGE_PROPERTY_DEFAULTS) == (
        PINNED_BY_NOVA
    )
    source = inspect.getsource(libvirt_driver)
    written = re.findall(
        r"system_metadata\[f?['\"](image_.*)['\"]\] =", source
    )
    assert written == ["image_{image_prop}", "image_hw_machine_type"]


def test_system_metadata_of_images() -> None:
    """The prefix, and how a specification is made of it again."""
    assert utils.SM_IMAGE_PROP_PREFIX == IMAGE_PREFIX
    source = inspect.getsource(image_meta.ImageMeta.from_instance)
    assert "get_image_from_system_metadata" in source


def test_context_is_handed_on() -> None:
    """elevated() copies what is on a context; RPC sends fields alone."""
    admin = context.get_admin_context()
    admin.something_of_ours = 1
    assert admin.elevated().something_of_ours == 1
    assert "something_of_ours" not in admin.to_dict()
    source = inspect.getsource(conductor_manager.targets_cell)
    assert "nova_context.set_target_cell(context, " in source


def test_managers_are_named_by_class() -> None:
    """A service looks its manager up when it is created."""
    assert MANAGERS.keys() <= service.SERVICE_MANAGERS.keys()
    source = inspect.getsource(service.Service.create)
    assert "SERVICE_MANAGERS.get(binary)" in source
    for name in ("compute", "conductor"):
        # Importing it would choose threads or eventlet for all tests.
        command = Path(service.__file__).with_name("cmd") / f"{name}.py"
        assert re.search(
            f"Service.create\\(\\s*binary='nova-{name}'", command.read_text()
        )


def test_endpoints_of_managers() -> None:
    """Each service serves what is in its manager's list, at its start."""
    source = inspect.getsource(service.Service.start)
    assert "self.manager.additional_endpoints" in source
    source = inspect.getsource(conductor_manager.ConductorManager.__init__)
    assert "self.additional_endpoints.append(self.compute_task_mgr)" in source


def test_rpc() -> None:
    """Topics that services listen on, and clients that honour a cell."""
    assert compute_rpcapi.RPC_TOPIC == "compute"
    assert conductor_rpcapi.RPC_TOPIC == "conductor"
    source = inspect.getsource(rpc.ClientRouter.client)
    assert "context.mq_connection" in source
    # A stock service has an endpoint in a namespace, but not in ours.
    assert baserpc.BaseRPCAPI.target.namespace == "baseapi"
