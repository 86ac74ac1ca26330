# SPDX-License-Identifier: Apache-2.0
"""API tests are skipped where a cloud's operator has it otherwise, and say so.

What else is wrong with a cloud makes them fail. The stubs stand in for the
answers of Nova, Glance and Tempest's accounts.
"""

from __future__ import annotations

import functools
import unittest
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
from tempest import test
from tempest.common import waiters
from tempest.lib import exceptions

from image_props_override.tempest_plugin.tests import base, cloud

# Tempest's own reads its configuration.
pytestmark = pytest.mark.usefixtures("tempest_conf")

RULE = "deny pattern 'hw_*' in nova.conf"
POLICY = f"Policy doesn't allow {cloud.CREATE_POLICY} to be performed."
FORBIDDEN = exceptions.Forbidden("no")
OVERRIDES = {"hw_boot_menu": "true"}


class Stub:
    """Answers each call with what a test chose; raises it if an error."""

    def __init__(self, **answers: Any) -> None:
        """Answer calls by the methods' names."""
        self.calls: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []
        for method, answer in answers.items():
            called = functools.partial(self._call, method, answer)
            setattr(self, method, called)

    def _call(
        self, method: str, answer: Any, /, *arguments: Any, **options: Any
    ) -> Any:
        self.calls.append((method, arguments, options))
        if isinstance(answer, Exception):
            raise answer
        return answer


class Answer(dict[str, Any]):
    """An answer as Tempest's clients return it."""

    response: ClassVar = {"x-openstack-request-id": "req-1"}


def catalogue(*, allowed: bool = True, rule: str = "allowed") -> Any:
    """Return a catalogue of one property."""
    return {
        "microversion": "2.105",
        "properties": [
            {
                "name": "hw_boot_menu",
                "allowed": allowed,
                "no_effect": None,
                "rule": rule,
            }
        ],
    }


def preview(*codes: str) -> Any:
    """Return a preview with problems of these codes."""
    problems = [
        {"property": "hw_boot_menu", "code": code, "message": f"it is {code}"}
        for code in codes
    ]
    return {"preview": {"problems": problems}}


def class_with(**answers: Any) -> Any:
    """Return a class of tests that a cloud gives these answers."""
    answers = {
        "show_catalogue": catalogue(),
        "preview": preview(),
        **answers,
    }

    class Here(base.BaseOverridesTest):
        os_primary = SimpleNamespace(image_client_v2=Stub(**answers))
        image_id = "image"
        flavor_id = "flavor"
        cleanups: list[Any] = []  # noqa: RUF012 (one for each class)

    here: Any = Here
    here.overrides_client_of = lambda *_: Stub(**answers)
    here.servers_client_of = lambda *_: None
    here.new_name = lambda: "a-name"
    here.addClassResourceCleanup = lambda *call: here.cleanups.append(call)
    here.setup_clients()
    return here


def test_what_is_allowed_is_tried() -> None:
    """Nothing skips a test on a cloud that takes everything."""
    here = class_with()
    assert here.microversion == "2.105"
    here.needs(OVERRIDES)
    here.needs_rules_for(OVERRIDES)
    here.needs_policy()


@pytest.mark.parametrize(
    "code", ["rule_denies", "nova_refuses", "flavor_limit", "flavor_wins"]
)
def test_what_this_cloud_refuses_is_skipped(code: str) -> None:
    """With the property and the reason that the preview gives."""
    here = class_with(preview=preview(code))
    with pytest.raises(unittest.SkipTest, match=f"hw_boot_menu: it is {code}"):
        here.needs(OVERRIDES)


@pytest.mark.parametrize("code", ["value_invalid", "name_unknown"])
def test_what_no_cloud_may_refuse_is_tried(code: str) -> None:
    """A cloud that finds a legal value invalid is to fail the test."""
    class_with(preview=preview(code)).needs(OVERRIDES)


def test_only_rules_keep_a_test_from_another_refusal() -> None:
    """It is what such a test is about."""
    class_with(preview=preview("flavor_wins")).needs_rules_for(OVERRIDES)
    here = class_with(preview=preview("flavor_wins", "rule_denies"))
    with pytest.raises(unittest.SkipTest, match="it is rule_denies"):
        here.needs_rules_for(OVERRIDES)


def test_without_a_preview_the_catalogue_tells_what_is_denied() -> None:
    """Its policy may be another one."""
    denied = catalogue(allowed=False, rule=RULE)
    here = class_with(preview=FORBIDDEN, show_catalogue=denied)
    with pytest.raises(unittest.SkipTest, match="deny pattern"):
        here.needs({**OVERRIDES, "architecture": "x86_64"})
    class_with(preview=FORBIDDEN).needs(OVERRIDES)


def test_a_policy_that_lets_nobody_override_skips_all() -> None:
    """Bad values too: they are a 403 there, without a code."""
    denied = catalogue(allowed=False, rule=POLICY)
    here = class_with(show_catalogue=denied)
    for needs in (here.needs_policy, lambda: here.needs(OVERRIDES)):
        with pytest.raises(unittest.SkipTest, match=r"servers:create:image"):
            needs()


def test_a_cloud_without_the_extension_is_an_error() -> None:
    """It is said to have it, and does not: no reason to skip."""
    with pytest.raises(
        exceptions.InvalidConfiguration, match="no nova-image-props-override"
    ):
        class_with(show_catalogue=exceptions.NotFound("not there"))


def test_a_policy_that_hides_the_catalogue_skips_all() -> None:
    """Nothing else tells the microversion."""
    with pytest.raises(unittest.SkipTest):
        class_with(show_catalogue=FORBIDDEN)


@pytest.mark.parametrize(
    ("credentials", "error"),
    [
        (("primary", "project_reader"), unittest.SkipTest),
        (("primary",), exceptions.InvalidCredentials),
    ],
)
def test_only_the_readers_tests_need_a_reader(
    monkeypatch: pytest.MonkeyPatch,
    credentials: tuple[str, ...],
    error: type[Exception],
) -> None:
    """Without an account of one they are skipped; all need the primary's."""

    def no_account(*_: Any, **__: Any) -> None:
        raise exceptions.InvalidCredentials("none left")

    monkeypatch.setattr(
        test.BaseTestCase, "get_client_manager", classmethod(no_account)
    )
    here: Any = type(
        "Here", (base.BaseOverridesTest,), {"credentials": credentials}
    )
    here._reset_class()
    with pytest.raises(error, match="none left"):
        here.setup_credentials()


@pytest.mark.parametrize("keep", [True, False])
def test_stock_services_skip_what_they_refuse(
    monkeypatch: pytest.MonkeyPatch, keep: bool
) -> None:
    """By configuration, before anything is tried: else a refusal fails."""
    options = SimpleNamespace(services_keep_overrides=keep)
    conf = SimpleNamespace(image_props_override=options)
    monkeypatch.setattr(cloud, "CONF", conf)
    if keep:
        cloud.CloudTest.needs_services_that_keep_overrides()
    else:
        with pytest.raises(unittest.SkipTest, match="services_keep_overrides"):
            cloud.CloudTest.needs_services_that_keep_overrides()


@pytest.mark.parametrize(
    "refused", ["create_image", "store_image_file", "show_image_file"]
)
def test_who_may_make_no_images_skips_what_needs_one(refused: str) -> None:
    """Glance has policies of its own."""
    model = {"container_format": "bare", "disk_format": "raw"}
    answers = {
        "show_image": model,
        "show_image_file": SimpleNamespace(data=b""),
        "create_image": {"id": "new"},
        "store_image_file": None,
        "delete_image": None,
    }
    assert class_with(**answers).copy_image("image") == "new"
    here = class_with(**{**answers, refused: FORBIDDEN})
    with pytest.raises(unittest.SkipTest, match="Glance's policy"):
        here.copy_image("image")
    # What is half made is deleted nevertheless.
    assert len(here.cleanups) == (refused == "store_image_file")


@pytest.mark.parametrize(
    ("microversion", "network", "neutron", "asked"),
    [
        pytest.param("2.105", {"id": "n"}, True, [{"uuid": "n"}], id="known"),
        pytest.param("2.1", {"id": "n"}, True, [{"uuid": "n"}], id="old"),
        pytest.param("2.105", None, True, "auto", id="the project's own"),
        pytest.param("2.105", None, False, "none", id="no Neutron"),
        pytest.param("2.1", None, True, None, id="old, the project's own"),
    ],
)
def test_a_server_gets_a_network_where_there_is_one(
    monkeypatch: pytest.MonkeyPatch,
    microversion: str,
    network: Any,
    neutron: bool,
    asked: Any,
) -> None:
    """Else a guest has no device for hw_vif_model to be seen in."""
    client = server_client(microversion)
    here = class_with()
    here.servers_client = client
    here.get_tenant_network = classmethod(lambda _: network)
    conf = SimpleNamespace(
        service_available=SimpleNamespace(neutron=neutron),
    )
    monkeypatch.setattr(base, "CONF", conf)
    assert here.create_server(OVERRIDES, wait_until=None)["id"] == "new"
    ((_, _, request),) = client.calls
    assert request.get("networks") == asked
    assert request["image_props_override"] == OVERRIDES


@pytest.mark.parametrize(
    ("project", "deleter"),
    [
        pytest.param("primary's", "primary", id="a reader of the project"),
        pytest.param("admin's", "creator", id="an admin"),
    ],
)
def test_whoever_may_delete_a_server_does(
    project: str,
    deleter: str,
) -> None:
    """Also one that a reader should not have been let boot."""
    primary, creator = server_client("2.105"), server_client("2.105", project)
    here = class_with()
    here.servers_client = primary
    here.get_tenant_network = classmethod(lambda _: {"id": "n"})
    here.create_server(OVERRIDES, wait_until=None, client=creator)
    wait, delete = here.cleanups
    owner = {"primary": primary, "creator": creator}[deleter]
    assert wait == (waiters.wait_for_server_termination, owner, "new")
    function, call, server_id = delete
    function(call, server_id)
    assert owner.calls[-1] == ("delete_server", ("new",), {})


def server_client(microversion: str, project: str = "primary's") -> Any:
    """Return a client of servers that boots one called ``new``."""
    answer = Answer({"server": {"id": "new"}})
    client: Any = Stub(create_server=answer, delete_server=None)
    client.microversion = microversion
    client.tenant_id = project
    return client
