# SPDX-License-Identifier: Apache-2.0
"""Nova with the plug-in, on the functional harness of Nova's own tests.

Everything is Nova's real code but the edges that the harness replaces:
libvirt's library (``fakelibvirt``: hosts with two NUMA cells), Glance,
Cinder, Neutron and Keystone's token check.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import (
    AbstractContextManager,
    ExitStack,
    contextmanager,
    nullcontext,
)
from pathlib import Path
from typing import Any, ClassVar
from unittest import mock

import fixtures
import pytest
import requests
from nova import context, objects
from nova.api import wsgi
from nova.conf import CONF
from nova.tests.fixtures import CinderFixture, ConfPatcher
from nova.tests.fixtures import libvirt as fakelibvirt
from nova.tests.functional.libvirt import base
from wsgi_intercept.interceptor import RequestsInterceptor

from image_props_override.nova_plugin import conf as options
from image_props_override.nova_plugin.api.microversion import after_novas_last
from sandbox.nova_paste import write_nova_paste

OURS = str(after_novas_last())
NOVAS_LAST = f"{after_novas_last().major}.{after_novas_last().minor - 1}"

# Of nova.tests.fixtures.glance.GlanceFixture: one image without a kernel,
# one with kernel_id "nokernel"; the kernel is added by image_with_kernel().
IMAGE = "155d900f-4e14-4e4c-a73d-069cbf4541e6"


def lenient() -> AbstractContextManager[Any]:
    """Let Nova check its own answers no more strictly than it does.

    Its schemas lack servers of a cell that is down, and those that are
    stopped as soon as they are rebuilt, as in the harness. Nova 29 and 31
    have no schemas.
    """
    if "response_validation" in CONF.api:
        patcher: AbstractContextManager[Any] = ConfPatcher(
            group="api", response_validation="warn"
        )
        return patcher
    return nullcontext()


def skip_without(names: Iterable[str]) -> None:
    """Skip a test of properties that the installed Nova does not have."""
    for name in names:
        if name.partition(".")[0] not in objects.ImageMetaProps.fields:
            pytest.skip(f"this Nova has no {name}")


class NovaInProcess(base.ServersTestBase):
    """One host, one flavor, and ways to boot and to look."""

    ADMIN_API = True
    ADDITIONAL_FILTERS: ClassVar = ["NUMATopologyFilter"]

    def start(self) -> None:
        """Name of the test that unittest would run; there is none."""

    def setUp(self) -> None:
        """Start Nova and one compute host."""
        super().setUp()
        self.domains = self._record_domains()
        self.start_compute(
            host_info=fakelibvirt.HostInfo(
                cpu_nodes=2, cpu_sockets=1, cpu_cores=2, cpu_threads=2
            )
        )
        self.context = context.get_admin_context()
        self.api.microversion = OURS
        self.flavor = self._create_flavor(vcpu=2)
        self.api_root = self.api_fixture.api.base_url.rsplit("/", 1)[0]

    def _create_flavor(self, *args: Any, **kwargs: Any) -> Any:
        # From 2.86 on, Nova 29 refuses extra specs that it reads.
        with mock.patch.object(self.api, "microversion", "2.85"):
            return super()._create_flavor(*args, **kwargs)

    def _setup_services(self) -> None:
        paste = Path(self.useFixture(fixtures.TempDir()).path) / "paste.ini"
        write_nova_paste(paste, extension=True)
        self.flags(api_paste_config=str(paste), group="wsgi")
        # Of all that Nova can do, libvirt's stand-in has a part: test_hosts
        # turns it on.
        options.register(CONF)
        self.flags(refuse_unsupported=False, group=options.GROUP.name)
        super()._setup_services()

    def _record_domains(self) -> dict[str, str]:
        """Return a dictionary that fills with domain XML by server id."""
        domains: dict[str, str] = {}
        define = fakelibvirt.Connection.defineXML

        def recording(connection: Any, xml: str) -> Any:
            domain = define(connection, xml)
            domains[domain.UUIDString()] = xml
            return domain

        patch = mock.patch.object(
            fakelibvirt.Connection, "defineXML", recording
        )
        patch.start()
        self.addCleanup(patch.stop)
        return domains

    def request(
        self,
        method: str,
        path: str,
        microversion: str | None = None,
        headers: dict[str, str] | None = None,
        **kwargs: Any,
    ) -> requests.Response:
        """Return the raw answer to a request below the server's root."""
        root = self.api_root
        # The harness' own token check: roles and project come from headers.
        identity = {
            "X-Auth-User": "fake",
            "X-User-Id": "fake",
            "X-Auth-Project-Id": self.api.project_id,
            "X-Roles": "admin,member,reader",
        }
        if microversion:
            identity["OpenStack-API-Version"] = f"compute {microversion}"
        return requests.request(
            method,
            root + path,
            headers={**identity, **(headers or {})},
            timeout=60,
            **kwargs,
        )

    @contextmanager
    def configured(self, **chosen: Any) -> Iterator[None]:
        """Send requests to an API that was started with other options.

        Args:
            **chosen: Options in ``[image_props_override]``.
        """
        options.register(CONF)
        group = options.GROUP.name
        with ExitStack() as stack:
            for name, value in chosen.items():
                CONF.set_override(name, value, group)
                stack.callback(CONF.clear_override, name, group)
            application = wsgi.Loader().load_app("osapi_compute")
            stack.enter_context(self.served(application))
            yield

    @contextmanager
    def served(self, application: Any) -> Iterator[None]:
        """Send requests to another API, on the same databases.

        Args:
            application: As ``api-paste.ini`` makes it.
        """
        url = "http://another.invalid:80"
        intercept = RequestsInterceptor(lambda: application, url=url)
        usual = self.api_root
        intercept.install_intercept()
        self.api_root = url
        try:
            yield
        finally:
            self.api_root = usual
            intercept.uninstall_intercept()

    def body(self, overrides: object = None, **server: Any) -> dict[str, Any]:
        """Return the body of a create request."""
        fields = {
            "name": "overridden",
            "imageRef": IMAGE,
            "flavorRef": self.flavor,
            "networks": "none",
            **server,
        }
        if overrides is not None:
            fields["image_props_override"] = overrides
        return {"server": {k: v for k, v in fields.items() if v is not None}}

    def boot(self, overrides: object = None, **server: Any) -> dict[str, Any]:
        """Return a server that has become ACTIVE."""
        created = self.api.post_server(self.body(overrides, **server))
        active: dict[str, Any] = self._wait_for_state_change(created, "ACTIVE")
        return active

    def answer_to(self, body: object) -> requests.Response:
        """Return the raw answer to a create request.

        Args:
            body: Anything that JSON can carry, half surrogate pairs too.
        """
        return self.request(
            "POST",
            "/v2.1/servers",
            OURS,
            data=json.dumps(body),
            headers={"Content-Type": "application/json"},
        )

    def refused(self, overrides: object, **server: Any) -> tuple[int, str]:
        """Return status and message of a create request."""
        answer = self.answer_to(self.body(overrides, **server))
        (fault,) = answer.json().values()
        return answer.status_code, fault.get("message", "")

    def delete_servers(self) -> None:
        """Delete all servers and wait until they are gone."""
        for server in self.api.get_servers(detail=False):
            self._delete_server(server)

    def instance(self, server: dict[str, Any]) -> Any:
        """Return the server as Nova's database has it."""
        return objects.Instance.get_by_uuid(
            self.context,
            server["id"],
            expected_attrs=["system_metadata", "numa_topology", "flavor"],
        )

    def instance_to_build(self, server: dict[str, Any]) -> Any:
        """Return a server that is still to be scheduled."""
        request = objects.BuildRequest.get_by_instance_uuid(
            self.context, server["id"]
        )
        return request.get_new_instance(self.context)

    def system_metadata(self, server: dict[str, Any]) -> dict[str, str]:
        """Return what Nova keeps of the server's image."""
        metadata: dict[str, str] = self.instance(server).system_metadata
        return metadata

    def give_host_trait(self, trait: str) -> None:
        """Let the host have a trait."""
        if trait.startswith("CUSTOM_"):
            self._create_trait(trait)
        provider = self._get_provider_uuid_by_name("compute1")
        self._set_provider_traits(
            provider, [*self._get_provider_traits(provider), trait]
        )

    def request_spec(self, server: dict[str, Any]) -> Any:
        """Return what the scheduler was and will be asked."""
        return objects.RequestSpec.get_by_instance_uuid(
            self.context, server["id"]
        )

    def volume_snapshot(self) -> str:
        """Return the id of a snapshot of a volume that has an image."""
        snapshot = self.cinder.fake_create_snapshot_force(
            None, CinderFixture.IMAGE_BACKED_VOL, "snapshot", ""
        )
        identifier: str = snapshot["id"]
        return identifier

    def image_with(self, **properties: str) -> str:
        """Return the id of a new image with properties."""
        return self.add_image(properties)

    def add_image(
        self, properties: dict[str, str], **fields: str | None
    ) -> str:
        """Return the id of a new image.

        Args:
            properties: Its properties.
            **fields: Others of its fields, such as ``id``.
        """
        image = self.glance.create(
            None,
            {
                "name": "image",
                "status": "active",
                "disk_format": "raw",
                "container_format": "bare",
                "size": 1,
                "min_ram": 0,
                "min_disk": 0,
                "properties": properties,
                **fields,
            },
        )
        identifier: str = image["id"]
        return identifier

    def kernel_image_with(self, **properties: str) -> str:
        """Return the id of a new image that boots with a kernel."""
        kernel = self.image_with()
        return self.image_with(
            kernel_id=kernel, ramdisk_id=kernel, **properties
        )
