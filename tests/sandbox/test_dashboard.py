# SPDX-License-Identifier: Apache-2.0
"""The dashboard's pages, in a real browser against a real cloud."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from selenium import webdriver

from image_props_override.clients.compute_requests import find_feature
from sandbox import accounts, dashboard, images
from sandbox import cloud as sandbox_cloud
from sandbox.settings import Settings
from tests.browser import browser as browser
from tests.browser import chromium
from tests.sandbox.dashboard_user import STEP_TITLE, DashboardUser
from tests.sandbox.lacking import skip_but_fail_in_ci

KEY = "image_props_override"
OVERRIDES = {
    "hw_disk_bus": "scsi",
    "hw_machine_type": "q35",
    "hw_vif_model": None,
}


@pytest.fixture(scope="module")
def as_demo(
    fake_cloud: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[DashboardUser]:
    """The dashboard of a running cloud, with demo logged in."""
    if not dashboard.is_installed():
        skip_but_fail_in_ci(
            "no Horizon here: sandbox/install --with-dashboard"
        )
    settings = sandbox_cloud.up(fake_cloud)
    profile = tmp_path_factory.mktemp("browser")
    with chromium(profile) as window:
        try:
            user = DashboardUser(window, dashboard.up(settings))
            user.log_in("demo")
            yield user
        finally:
            dashboard.down(settings)


class Servers:
    """Servers of demo, by the API."""

    def __init__(self, settings: Settings) -> None:
        """Connect."""
        self._connection = accounts.connect(settings, "demo")
        self.compute = self._connection.compute
        feature = find_feature(self.compute)
        assert feature
        self._microversion = feature.microversion

    def boot(self, name: str, overrides: dict[str, str | None]) -> str:
        """Boot a server, and return its id."""
        image = self._connection.image.find_image(images.GUEST)
        flavor = self.compute.find_flavor("small")
        server = {
            "name": name,
            "imageRef": image.id,
            "flavorRef": flavor.id,
            "networks": "none",
            KEY: overrides,
        }
        answer = self.compute.post(
            "/servers",
            json={"server": server},
            microversion=self._microversion,
        )
        identifier: str = answer.json()["server"]["id"]
        self.wait_for(identifier, "ACTIVE")
        return identifier

    def wait_for(self, identifier: str, status: str) -> None:
        """Wait until a server has a status, and nothing is going on."""
        self.compute.wait_for_server(
            self.compute.get_server(identifier), status=status, interval=1
        )

    def overrides(self, identifier: str) -> Any:
        """Return what a server overrides."""
        answer = self.compute.get(
            f"/servers/{identifier}", microversion=self._microversion
        )
        return answer.json()["server"][KEY]

    def rebuilds(self, identifier: str) -> int:
        """Return how often a server was rebuilt, or is being so."""
        answer = self.compute.get(f"/servers/{identifier}/os-instance-actions")
        actions = answer.json()["instanceActions"]
        return sum(each["action"] == "rebuild" for each in actions)

    def delete(self, identifier: str) -> None:
        """Delete a server, and wait until it is gone."""
        self._connection.delete_server(identifier, wait=True)


@pytest.fixture(scope="module")
def servers(as_demo: DashboardUser, fake_cloud: Settings) -> Servers:
    """Servers of demo, while the dashboard runs."""
    assert as_demo.url
    return Servers(fake_cloud.in_use() or fake_cloud)


@pytest.fixture(scope="module")
def server_id(servers: Servers) -> Iterator[str]:
    """A running server with overrides."""
    identifier = servers.boot("in-the-dashboard", OVERRIDES)
    yield identifier
    servers.delete(identifier)


def test_launch_with_overrides(
    as_demo: DashboardUser, servers: Servers
) -> None:
    """Problems come before the launch, and the server has what was chosen."""
    as_demo.open_launch_form()
    as_demo.fill_form("from-the-form", "guest", "small")
    as_demo.step(STEP_TITLE)
    as_demo.one("#image-props-preview")

    # What may not be overridden is greyed, with its rule.
    denied = as_demo.row("img_config_drive")
    assert "image-props-denied" in (denied.get_attribute("class") or "")
    assert "deny pattern 'img_config_drive'" in denied.text
    assert not as_demo.one("#image-prop-img_config_drive").is_enabled()

    # A wrong value: the API's words beside it, and no launch.
    as_demo.choose("hw_disk_bus", "scsi")
    as_demo.type_value("kernel_id", "nonsense")
    problem = as_demo.one("#image-prop-problem-kernel_id")
    assert "nonsense" in problem.text
    assert not as_demo.one("button.finish").is_enabled()
    as_demo.take_picture("horizon-launch")
    as_demo.reset("kernel_id")

    as_demo.type_value("hw_machine_type", "q35")
    as_demo.remove("hw_vif_model")
    as_demo.one("tr[data-row=hw_vif_model][data-origin=removed]")
    as_demo.wait(
        lambda: as_demo.one("button.finish").is_enabled(), "launchable"
    )
    as_demo.click("button.finish")

    server = as_demo.wait(
        lambda: servers.compute.find_server("from-the-form"),
        "there is no server",
    )
    try:
        assert servers.overrides(server.id) == OVERRIDES
    finally:
        servers.delete(server.id)


def test_details_of_a_running_server(
    as_demo: DashboardUser, server_id: str
) -> None:
    """Each property has its value and origin; nothing can be changed."""
    as_demo.open_tab(server_id)
    shown = as_demo.properties()
    assert shown["hw_disk_bus"] == ("scsi", "Override", "virtio")
    assert shown["hw_machine_type"] == ("q35", "Override", "pc")
    assert shown["hw_vif_model"] == ("", "Removed by an override", "virtio")
    assert shown["hw_video_model"] == ("vga", "Image", "vga")
    assert as_demo.one("#image-props-not-stopped")
    as_demo.take_picture("horizon-details")


def test_details_in_german(as_demo: DashboardUser, server_id: str) -> None:
    """The tab speaks the language that the user has chosen."""
    cookie = {"name": "horizon_language", "value": "de"}
    as_demo.browser.add_cookie(cookie)
    # Horizon has the words of all languages under one URL.
    as_demo.forget_cached_pages()
    try:
        as_demo.open_tab(server_id)
        shown = as_demo.properties()
        assert shown["hw_disk_bus"][1] == "Überschreibung"
        assert "halten Sie" in as_demo.one("#image-props-not-stopped").text
        tab = as_demo.one("li.active a[data-toggle=tab]")
        assert tab.text == "Abbild-Eigenschaften"
    finally:
        as_demo.browser.delete_cookie("horizon_language")
        as_demo.forget_cached_pages()


def test_a_user_who_may_not_read_the_catalogue(
    as_demo: DashboardUser, fake_cloud: Settings, server_id: str
) -> None:
    """There is neither step nor tab, and no error."""
    settings = fake_cloud.in_use() or fake_cloud
    policies = settings.etc_dir / "nova" / "policy.yaml"
    assert not policies.exists()
    policies.write_text(
        '"os_compute_api:os-image-props-override:list": "role:admin"\n'
    )
    try:
        as_demo.open_launch_form()
        assert_stock_form(as_demo)
        assert not as_demo.has_tab(server_id)
    finally:
        policies.unlink()
    assert as_demo.has_tab(server_id)


def test_change_of_a_stopped_server(
    as_demo: DashboardUser, servers: Servers, server_id: str
) -> None:
    """It keeps what is not changed; what it cannot change is greyed."""
    servers.compute.stop_server(server_id)
    servers.wait_for(server_id, "SHUTOFF")
    as_demo.open_tab(server_id)
    as_demo.click("#image-props-edit")
    as_demo.one("#image-props-preview")

    fixed = as_demo.row("hw_numa_nodes")
    assert "image-props-denied" in (fixed.get_attribute("class") or "")
    as_demo.type_value("kernel_id", "nonsense")
    assert "nonsense" in as_demo.one("#image-prop-problem-kernel_id").text
    assert not as_demo.one("#image-props-save").is_enabled()
    as_demo.reset("kernel_id")

    as_demo.type_value("hw_machine_type", "pc")
    warning = as_demo.one(
        "tr[data-property=hw_machine_type] .image-prop-warning"
    )
    assert "may not boot" in warning.text
    as_demo.reset("hw_vif_model")
    as_demo.one(
        "#image-props-preview tr[data-row=hw_vif_model][data-origin=image]"
    )
    as_demo.click("label[for=image-props-only-changed]")
    as_demo.row("hw_machine_type")
    assert not as_demo.visible("tr[data-property=hw_video_model]")
    as_demo.take_picture("horizon-change")
    as_demo.click("#image-props-save")

    as_demo.one("#image-props-saved")
    assert servers.overrides(server_id) == {
        "hw_disk_bus": "scsi",
        "hw_machine_type": "pc",
    }
    assert as_demo.properties()["hw_vif_model"][1] == "Image"


def test_rebuild(
    as_demo: DashboardUser, servers: Servers, server_id: str
) -> None:
    """It keeps the overrides, changes them, or drops them, as asked."""

    def rebuilt() -> None:
        # The dashboard's own message fades after some seconds.
        earlier = servers.rebuilds(server_id)
        as_demo.submit_rebuild()
        as_demo.wait(
            lambda: servers.rebuilds(server_id) > earlier, "no rebuild"
        )
        servers.wait_for(server_id, "SHUTOFF")

    before = servers.overrides(server_id)
    as_demo.open_rebuild_form(server_id, images.GUEST)
    as_demo.one("label[for=image-props-keep]")
    rebuilt()
    assert servers.overrides(server_id) == before

    as_demo.open_rebuild_form(server_id, images.GUEST)
    as_demo.wait(
        lambda: as_demo.browser.execute_script(
            "return !document.getElementById('image-props-change').disabled"
        ),
        "overrides cannot be changed",
    )
    as_demo.click("label[for=image-props-change]")
    as_demo.one("#image-props-preview")
    as_demo.type_value("hw_numa_nodes", "99")
    as_demo.take_picture("horizon-rebuild")
    as_demo.submit_rebuild()
    refused = as_demo.one("#rebuild_instance_modal .modal-body .alert-danger")
    assert "Invalid image_props_override" in refused.text
    as_demo.one("#image-props-preview")
    as_demo.reset("hw_numa_nodes")
    as_demo.choose("hw_vif_model", "e1000")
    rebuilt()
    assert servers.overrides(server_id) == {**before, "hw_vif_model": "e1000"}

    as_demo.open_rebuild_form(server_id, images.GUEST)
    as_demo.click("label[for=image-props-drop]")
    rebuilt()
    assert servers.overrides(server_id) == {}


def test_without_overrides_and_without_the_plugin(
    browser: webdriver.Chrome, fake_cloud: Settings, servers: Servers
) -> None:
    """An empty step sends stock Horizon's request; removal leaves nothing."""
    settings = fake_cloud.in_use() or fake_cloud
    static = settings.var_dir / "dashboard" / "static"
    # A browser that has cached nothing of the plug-in.
    as_demo = DashboardUser(browser, dashboard.url_of(settings))

    def sent_launch() -> str:
        as_demo.log_in("demo")
        as_demo.open_launch_form()
        as_demo.fill_form("empty-step", "guest", "small")
        if STEP_TITLE in as_demo.step_titles():
            as_demo.step(STEP_TITLE)
            as_demo.choose("hw_disk_bus", "scsi")
            as_demo.reset("hw_disk_bus")
            as_demo.wait(
                lambda: as_demo.one("button.finish").is_enabled(), "launchable"
            )
        as_demo.listen()
        as_demo.click("button.finish")
        body = as_demo.sent("POST /api/nova/servers/")
        server = as_demo.wait(
            lambda: servers.compute.find_server("empty-step"), "no server"
        )
        servers.delete(server.id)
        return body

    with_plugin = sent_launch()
    assert list(static.rglob("image-props-override/*"))

    dashboard.down(settings)
    dashboard.up(settings, plugin=False)
    assert sent_launch() == with_plugin
    as_demo.open_launch_form()
    assert_stock_form(as_demo)
    # Django leaves an empty folder.
    assert not list(static.rglob("image-props-override/*"))
    assert not any(
        b"imagePropsOverride" in script.read_bytes()
        for script in static.rglob("*.js")
    )


def assert_stock_form(user: DashboardUser) -> None:
    """Assert that Launch Instance, which is open, has only Horizon's steps."""
    titles = user.step_titles()
    assert "Flavor" in titles
    assert STEP_TITLE not in titles
    assert not user.visible(".alert-danger")
