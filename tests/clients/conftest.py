# SPDX-License-Identifier: Apache-2.0
"""The real shells in-process, against real Nova in-process."""

from __future__ import annotations

import functools
import importlib
import io
import json
import logging
import shlex
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import webob
import webob.dec
import webob.exc

from image_props_override.core.override_request import KEY
from sandbox.nova_paste import write_nova_paste
from tests.clients import identity_and_images
from tests.functional.nova_in_process import IMAGE, NOVAS_LAST, NovaInProcess

VOLUMES = "http://volume.invalid:80"
# nova.tests.fixtures.CinderFixture.IMAGE_BACKED_VOL
VOLUME = "6ca404f3-d844-4169-bb96-bc792f37de98"


@dataclass(frozen=True)
class Outcome:
    """What a run of the shell left."""

    status: int
    stdout: str
    stderr: str


def shown(outcome: Outcome, status: int = 0) -> Any:
    """Return what a command has shown; nothing else may have been said."""
    assert (outcome.status, outcome.stderr) == (status, "")
    return json.loads(outcome.stdout)


# The microversion of clients of novaclient's Python API.
NOVACLIENTS = "2.60"

# Ansible's.
MODULE = "server_with_image_props"
Result = dict[str, Any]
Task = Callable[..., Result]

Shell = Callable[..., Outcome]
Connect = Callable[..., Any]


class _Prompt:
    """cliff's interactive prompt, at which lines are typed.

    It runs them as cliff's own does; that one, cliff 4.15, breaks with the
    cmd2 4.2 of the same OpenStack release, whatever is typed.
    """

    def __init__(self, app: Any, *_streams: Any, lines: Sequence[str]) -> None:
        self._app = app
        self._lines = lines

    def cmdloop(self) -> None:
        for line in self._lines:
            self._app.run_subcommand(shlex.split(line))


class ComputeRequests(list[tuple[str, str]]):
    """Each request that Nova's API got: method and path, microversion.

    Attributes:
        application: Who answers; a test may put another in its place.
    """

    application: Any


@pytest.fixture
def compute_requests(nova: NovaInProcess) -> Iterator[ComputeRequests]:
    """What Nova's API was asked, at the place where clients find it."""
    seen = ComputeRequests()
    seen.application = nova.api_fixture.app()

    def application(environ: dict[str, Any], start_response: Any) -> Any:
        version = environ.get("HTTP_OPENSTACK_API_VERSION", "")
        request = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}"
        seen.append((request, version.removeprefix("compute ")))
        # The harness takes the identity from headers instead of a token.
        environ["HTTP_X_AUTH_USER"] = "admin"
        environ["HTTP_X_AUTH_PROJECT_ID"] = nova.api.project_id
        environ["HTTP_X_ROLES"] = "admin,member,reader"
        return seen.application(environ, start_response)

    with identity_and_images.served(identity_and_images.COMPUTE, application):
        yield seen


@pytest.fixture
def stock_nova(compute_requests: ComputeRequests, tmp_path: Path) -> None:
    """Let Nova's API be one without the extension."""
    # Not at import: it would be imported before Nova says how threads work.
    from nova.api import wsgi

    paste = tmp_path / "api-paste.ini"
    write_nova_paste(paste, extension=False)
    compute_requests.application = wsgi.Loader(str(paste)).load_app(
        "osapi_compute"
    )


@pytest.fixture
def openstack(
    identity_and_glance: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Shell]:
    """Return a function that runs ``openstack`` with arguments.

    Without a command it is the interactive shell, which runs ``lines``.
    """
    # Not at import: it would be imported before Nova says how threads work.
    from openstackclient.common.clientmanager import ClientManager
    from openstackclient.shell import OpenStackShell
    from osc_lib.clientmanager import ClientCache

    # The shell shows warnings of the whole process; Nova's are not its own.
    for logger in ("nova", "oslo_cache", "oslo_messaging", "stevedore"):
        monkeypatch.setattr(logging.getLogger(logger), "propagate", False)
    monkeypatch.setenv("OS_BLOCK_STORAGE_ENDPOINT_OVERRIDE", f"{VOLUMES}/v3")
    # Nova's harness has the SDK find no endpoint of Neutron's.
    monkeypatch.setenv(
        "OS_NETWORK_ENDPOINT_OVERRIDE", f"{identity_and_images.NETWORKS}/v2.0"
    )

    def run(*arguments: str, lines: Sequence[str] = ()) -> Outcome:
        # The shell expects one run for each process: its clients are kept
        # on a class.
        for owner in ClientManager.__mro__:
            for cache in vars(owner).values():
                if isinstance(cache, ClientCache):
                    cache._handle = None
        stdout, stderr = io.StringIO(), io.StringIO()
        with redirect_stdout(stdout), redirect_stderr(stderr):
            shell: Any = OpenStackShell()
            shell.interactive_app_factory = functools.partial(
                _Prompt, lines=lines
            )
            try:
                status = shell.run(
                    [
                        f"--os-auth-url={identity_and_glance}",
                        *("--os-username=admin", "--os-password=any"),
                        "--os-project-name=demo",
                        *arguments,
                    ]
                )
            except SystemExit as exit_:
                status = int(exit_.code or 0)
        return Outcome(status, stdout.getvalue(), stderr.getvalue())

    with identity_and_images.served(VOLUMES, webob.dec.wsgify(_volumes)):
        yield run


def _volumes(request: webob.Request) -> webob.Response:
    """Answer as Cinder: the harness' volume that has an image."""
    if request.path.rstrip("/") == "/v3":
        version = {
            "id": "v3.0",
            "status": "CURRENT",
            "links": [{"rel": "self", "href": f"{VOLUMES}/v3/"}],
        }
        return webob.Response(json_body={"versions": [version]})
    if request.path != f"/v3/volumes/{VOLUME}":
        raise webob.exc.HTTPNotFound()
    return webob.Response(json_body={"volume": {"id": VOLUME}})


@pytest.fixture
def identity_and_glance(
    nova: NovaInProcess, compute_requests: list[tuple[str, str]]
) -> Iterator[str]:
    """The URL of a Keystone whose catalogue has Nova, Glance and Neutron."""
    assert compute_requests == []
    with (
        identity_and_images.served(
            identity_and_images.IDENTITY, identity_and_images.identity(nova)
        ),
        identity_and_images.served(
            identity_and_images.IMAGES, identity_and_images.images(nova)
        ),
        identity_and_images.served(
            identity_and_images.NETWORKS, identity_and_images.networks(nova)
        ),
    ):
        yield f"{identity_and_images.IDENTITY}/v3"


@pytest.fixture
def nova_shell(
    identity_and_glance: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Shell:
    """Return a function that runs ``nova`` with arguments."""
    from novaclient import shell

    # Where novaclient keeps names for the completion of commands.
    monkeypatch.setenv("NOVACLIENT_UUID_CACHE_DIR", str(tmp_path))

    def run(*arguments: str) -> Outcome:
        stdout, stderr = io.StringIO(), io.StringIO()
        status = 0
        with redirect_stdout(stdout), redirect_stderr(stderr):
            try:
                shell.main(
                    [
                        f"--os-auth-url={identity_and_glance}",
                        *("--os-username=admin", "--os-password=any"),
                        "--os-project-name=demo",
                        *arguments,
                    ]
                )
            except SystemExit as exit_:
                status = int(exit_.code or 0)
        return Outcome(status, stdout.getvalue(), _own_words(stderr))

    return run


def _own_words(stderr: io.StringIO) -> str:
    """Return what a run of ``nova`` said, less what it says each time."""
    deprecated = "nova CLI is deprecated and will be removed in a future"
    return "".join(
        line
        for line in stderr.getvalue().splitlines(keepends=True)
        if deprecated not in line
    )


@pytest.fixture
def client(
    identity_and_glance: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Any:
    """Return a client with novaclient's extensions, at a version of its."""
    from keystoneauth1 import session
    from keystoneauth1.identity import v3
    from novaclient import client

    # Where novaclient keeps names for the completion of commands.
    monkeypatch.setenv("NOVACLIENT_UUID_CACHE_DIR", str(tmp_path))
    auth = v3.Password(
        identity_and_glance,
        username="admin",
        password="any",
        project_name="demo",
        user_domain_id="default",
        project_domain_id="default",
    )
    return client.Client(
        NOVACLIENTS,
        session=session.Session(auth),
        extensions=client.discover_extensions(),
    )


@pytest.fixture
def create(nova: NovaInProcess) -> list[str]:
    """Return the words that create a server, but for its overrides."""
    return [
        *("server", "create", "overridden", "--image", IMAGE),
        *("--flavor", nova.flavor, "--nic", "none"),
    ]


@pytest.fixture
def connect(identity_and_glance: str) -> Connect:
    """Return a function that connects to the cloud as the SDK does it."""
    import openstack

    def connect(**options: Any) -> Any:
        return openstack.connect(
            auth_url=identity_and_glance,
            username="admin",
            password="any",
            project_name="demo",
            user_domain_id="default",
            project_domain_id="default",
            network_endpoint_override=f"{identity_and_images.NETWORKS}/v2.0",
            **options,
        )

    return connect


@pytest.fixture
def connection(connect: Connect) -> Any:
    """Return a connection that can override image properties."""
    from image_props_override.clients.sdk import enable

    connection = connect()
    enable(connection)
    return connection


@pytest.fixture
def server_fields(nova: NovaInProcess) -> dict[str, Any]:
    """Return what a server needs beside overrides."""
    return {
        "name": "overridden",
        "image_id": IMAGE,
        "flavor_id": nova.flavor,
        "networks": "none",
    }


@pytest.fixture
def ansible_clouds(
    identity_and_glance: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Path:
    """The clouds: one as it is, one whose microversion the user chose."""
    cloud = {
        "auth": {
            "username": "admin",
            "password": "any",
            "auth_url": identity_and_glance,
            "project_name": "demo",
            "user_domain_id": "default",
            "project_domain_id": "default",
        }
    }
    pinned = {**cloud, "compute_default_microversion": NOVAS_LAST}
    file = tmp_path / "clouds.yaml"
    file.write_text(
        json.dumps({"clouds": {"mycloud": cloud, "pinned": pinned}})
    )
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(file))
    return file


@pytest.fixture
def ansible_module(ansible_clouds: Path) -> ModuleType:
    """The module; run by Ansible it is a program."""
    del ansible_clouds
    # Not at import: it would be imported before Nova says how threads work.
    return importlib.import_module(
        f"image_props_override.ansible_modules.{MODULE}"
    )


def run_ansible_module(
    module: ModuleType, arguments: dict[str, Any], *, check_mode: bool = False
) -> Result:
    """Return the result of one task, run in this process.

    Ansible starts the module in another. Arguments that are None are left
    out.
    """
    from ansible.module_utils.testing import patch_module_args

    given = {k: v for k, v in arguments.items() if v is not None}
    if check_mode:
        given["_ansible_check_mode"] = True
    stdout = io.StringIO()
    with (
        patch_module_args(given),
        redirect_stdout(stdout),
        pytest.raises(SystemExit),
    ):
        module.main()
    result: Result = json.loads(stdout.getvalue())
    return result


@pytest.fixture
def task(ansible_module: ModuleType, nova: NovaInProcess) -> Task:
    """Return a function that runs one task and returns its result."""
    usual = {
        "cloud": "mycloud",
        "name": "overridden",
        "image": nova.image_with(hw_disk_bus="ide"),
        "flavor": nova.flavor,
        "server": {"networks": "none"},
        "timeout": 60,
    }

    def run(
        overrides: dict[str, Any] | None = None,
        check_mode: bool = False,
        **arguments: Any,
    ) -> Result:
        given = {**usual, KEY: overrides, **arguments}
        return run_ansible_module(ansible_module, given, check_mode=check_mode)

    return run
