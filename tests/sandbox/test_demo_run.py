# SPDX-License-Identifier: Apache-2.0
"""The demo on real guests, and on Nova's fake driver."""

import contextlib
import io
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from sandbox import accounts, demo, images
from sandbox.demo import boot, installation
from sandbox.guest import os_installer
from sandbox.settings import Settings
from tests.sandbox import lacking


class Shown(NamedTuple):
    """What one demo returned and printed."""

    exit_code: int
    text: str


def show(settings: Settings) -> Shown:
    """Run the demo."""
    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        exit_code = demo.run(settings)
    return Shown(exit_code, text.getvalue())


@pytest.fixture(scope="module")
def shown(cloud: Settings) -> Iterator[Shown]:
    """The demo on real guests, which run on until the module's tests end."""
    yield show(cloud)
    demo.delete_leftovers(cloud)


def test_every_cell_agrees(shown: Shown) -> None:
    """The guests have what was asked for."""
    assert shown.exit_code == 0, shown.text
    assert "Every cell agrees" in shown.text
    assert "not verified" not in shown.text


def test_shows_the_commands(shown: Shown) -> None:
    """A user sees what to type."""
    assert "\n    --image-prop-override hw_vif_model=e1000e \\" in shown.text


def test_an_installer_makes_machines(cloud: Settings, shown: Shown) -> None:
    """One boots from its own disk, and one from the image made of it."""
    if why := installation.why_not(cloud):
        lacking.skip_but_fail_in_ci(why)
    for name in (installation.MACHINE, installation.COPY):
        assert (
            f"on {name}'s console: This is {name}, running from its own disk,"
        ) in shown.text


@pytest.mark.parametrize(
    ("server", "wish", "found"),
    [
        pytest.param(
            "overridden",
            {**demo.SERVERS["overridden"], "hw_vif_model": "rtl8139"},
            "e1000e",
            id="another value than the guest has",
        ),
        pytest.param(
            "plain", {"hw_vif_model": "rtl8139"}, "virtio", id="no override"
        ),
    ],
)
@pytest.mark.usefixtures("shown")
def test_a_wish_that_did_not_come_true_is_found(
    cloud: Settings, server: str, wish: dict[str, str], found: str
) -> None:
    """Were the guest otherwise than asked for, its cell would say so."""
    rows = demo.compare_servers(cloud, {server: wish})
    problems = {row.image_property: row.problems for row in rows}
    problem = f"hw_vif_model of {server} is {found} instead of rtl8139"
    assert problems.pop("hw_vif_model")[-1].startswith(f"{problem} (guest:")
    assert not any(problems.values())


def test_images_keep_their_ids(cloud: Settings) -> None:
    """Registering again changes nothing: servers' images stay known."""
    names = [*images.PROPERTIES]
    if os_installer.is_installed():
        names += images.OS_INSTALLER_IMAGES

    def ids() -> dict[str, list[str]]:
        glance = accounts.connect(cloud).image
        return {
            name: [image["id"] for image in images.named(glance, name)]
            for name in names
        }

    before = ids()
    images.register(cloud)
    assert ids() == before
    assert all(len(its_ids) == 1 for its_ids in before.values())


def test_on_the_fake_driver_nothing_looks_verified(
    fake_cloud: Settings,
) -> None:
    """VIRT=fake shows the same commands and records, and says what it is."""
    first = show(fake_cloud)
    second = show(fake_cloud)
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert first.text.count("not verified") == first.text.count("fake driver,")
    assert "skipped: no installer" in first.text
    assert "server delete --wait" in second.text
    demo.delete_leftovers(fake_cloud)


def test_a_lost_override_fails_the_demo(
    fake_cloud: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its exit code and its last lines say which cell is wrong."""
    create_command = boot.create_command

    def lossy(name: str, image: str, flavor: str, wish: Any) -> Any:
        kept = {key: wish[key] for key in wish if key != "hw_disk_bus"}
        return create_command(name, image, flavor, kept)

    monkeypatch.setattr(boot, "create_command", lossy)
    exit_code, text = show(fake_cloud)
    demo.delete_leftovers(fake_cloud)
    result = text.partition("== Result")[2]
    assert exit_code == 1
    assert "hw_disk_bus of overridden is virtio instead of scsi" in result
    assert "hw_disk_bus of overridden is - instead of scsi" in result
    assert "hw_vif_model" not in result
