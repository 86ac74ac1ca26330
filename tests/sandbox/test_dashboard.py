# SPDX-License-Identifier: Apache-2.0
"""The step of Launch Instance, in a real browser against a real cloud."""

from collections.abc import Iterator

import pytest
from selenium import webdriver

from image_props_override.clients.compute_requests import find_feature
from sandbox import accounts, dashboard
from sandbox.settings import Settings
from tests.browser import browser as browser
from tests.sandbox.dashboard_user import STEP_TITLE, DashboardUser
from tests.sandbox.lacking import skip_but_fail_in_ci


@pytest.fixture
def as_demo(
    browser: webdriver.Chrome, fake_cloud_up: Settings
) -> Iterator[DashboardUser]:
    """The dashboard of a running cloud, with demo logged in."""
    if not dashboard.is_installed():
        skip_but_fail_in_ci(
            "no Horizon here: sandbox/install --with-dashboard"
        )
    url = dashboard.up(fake_cloud_up)
    try:
        user = DashboardUser(browser, url)
        user.log_in("demo")
        yield user
    finally:
        dashboard.down(fake_cloud_up)


def test_launch_with_overrides(
    as_demo: DashboardUser, fake_cloud_up: Settings
) -> None:
    """Problems come before the launch, and the server has what was chosen."""
    as_demo.open_launch_form()
    as_demo.fill_form("from-the-form", "guest", "small")
    as_demo.step(STEP_TITLE)
    as_demo.one("#image-props-preview")

    # What may not be overridden is greyed, with its rule.
    denied = as_demo.row("img_config_drive")
    assert "deny pattern 'img_config_drive'" in denied.text
    assert not as_demo.one("#image-prop-img_config_drive").is_enabled()

    # A wrong value: the API's words beside it, and no launch.
    as_demo.type_value("kernel_id", "nonsense")
    problem = as_demo.one("#image-prop-problem-kernel_id")
    assert "nonsense" in problem.text
    assert not as_demo.one("button.finish").is_enabled()
    as_demo.click("tr[data-property=kernel_id] .image-prop-reset")

    as_demo.choose("hw_disk_bus", "scsi")
    as_demo.type_value("hw_machine_type", "q35")
    as_demo.click("tr[data-property=hw_vif_model] .image-prop-remove")
    as_demo.one("tr[data-preview=hw_vif_model]")
    as_demo.wait(
        lambda: as_demo.one("button.finish").is_enabled(), "launchable"
    )
    as_demo.click("button.finish")

    compute = accounts.connect(fake_cloud_up, "demo").compute
    server = as_demo.wait(
        lambda: compute.find_server("from-the-form"), "there is no server"
    )
    try:
        feature = find_feature(compute)
        assert feature
        answer = compute.get(
            f"/servers/{server.id}", microversion=feature.microversion
        )
        assert answer.json()["server"]["image_props_override"] == {
            "hw_disk_bus": "scsi",
            "hw_machine_type": "q35",
            "hw_vif_model": None,
        }
    finally:
        compute.delete_server(server)
