# SPDX-License-Identifier: Apache-2.0
"""The real shells in-process, against real Nova in-process."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from wsgi_intercept.interceptor import RequestsInterceptor

from tests.clients import identity_and_images

# Fixtures; pytest finds them by name.
from tests.functional.conftest import harness_class, nova, started_nova
from tests.functional.nova_in_process import NovaInProcess

__all__ = ["harness_class", "nova", "started_nova"]


@dataclass(frozen=True)
class Outcome:
    """What a run of the shell left."""

    status: int
    stdout: str
    stderr: str


Shell = Callable[..., Outcome]


@pytest.fixture
def compute_requests(nova: NovaInProcess) -> Iterator[list[tuple[str, str]]]:
    """Method and microversion of each request that Nova's API got."""
    seen: list[tuple[str, str]] = []

    def application(environ: dict[str, Any], start_response: Any) -> Any:
        version = environ.get("HTTP_OPENSTACK_API_VERSION", "")
        request = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}"
        seen.append((request, version.removeprefix("compute ")))
        # The harness takes the identity from headers instead of a token.
        environ["HTTP_X_AUTH_USER"] = "admin"
        environ["HTTP_X_AUTH_PROJECT_ID"] = nova.api.project_id
        environ["HTTP_X_ROLES"] = "admin,member,reader"
        return nova.api_fixture.app()(environ, start_response)

    intercept = RequestsInterceptor(
        lambda: application, url="http://compute.invalid:80/"
    )
    intercept.install_intercept()
    try:
        yield seen
    finally:
        intercept.uninstall_intercept()


@pytest.fixture
def openstack(
    compute_requests: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> Shell:
    """Return a function that runs ``openstack`` with arguments."""
    # Not at import: it would be imported before Nova says how threads work.
    from openstackclient.common.clientmanager import ClientManager
    from openstackclient.shell import OpenStackShell
    from osc_lib.clientmanager import ClientCache

    assert compute_requests == []
    # The shell shows warnings of the whole process; Nova's are not its own.
    for logger in ("nova", "oslo_cache", "stevedore"):
        monkeypatch.setattr(logging.getLogger(logger), "propagate", False)

    def run(*arguments: str) -> Outcome:
        # The shell expects one run for each process: its clients are kept
        # on a class.
        for owner in ClientManager.__mro__:
            for cache in vars(owner).values():
                if isinstance(cache, ClientCache):
                    cache._handle = None
        stdout, stderr = io.StringIO(), io.StringIO()
        with redirect_stdout(stdout), redirect_stderr(stderr):
            shell = OpenStackShell()
            try:
                status = shell.run(
                    [
                        "--os-auth-type=none",
                        "--os-endpoint=http://compute.invalid/v2.1",
                        *arguments,
                    ]
                )
            except SystemExit as exit_:
                status = int(exit_.code or 0)
        return Outcome(status, stdout.getvalue(), stderr.getvalue())

    return run


@pytest.fixture
def identity_and_glance(
    nova: NovaInProcess, compute_requests: list[tuple[str, str]]
) -> Iterator[str]:
    """The URL of a Keystone whose catalogue has Nova and a Glance."""
    assert compute_requests == []
    with (
        identity_and_images.served(
            identity_and_images.IDENTITY, identity_and_images.identity(nova)
        ),
        identity_and_images.served(
            identity_and_images.IMAGES, identity_and_images.images(nova)
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
