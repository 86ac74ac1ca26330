# SPDX-License-Identifier: Apache-2.0
"""Random operations on real Nova, with the model beside it.

Each rule is one request, valid or not, and says what becomes of the model.
After each of them all servers are compared with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import requests
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
)
from nova import utils
from nova.conf import CONF

from image_props_override.core.boot.record import PINNED_BY_NOVA, record_of
from tests.functional.nova_in_process import OURS
from tests.functional.services.our_services import OurServices
from tests.functional.services.two_hosts import TwoHosts
from tests.functional.soak import model
from tests.functional.soak.model import Image, Overrides, Properties, Server

SERVERS_AT_MOST = 3
IMAGES_AT_MOST = 8
AT_REST = (model.ACTIVE, model.SHUTOFF)
ELSEWHERE = (model.RESCUE, model.SHELVED, model.OFFLOADED, model.RESIZED)


class SoakedNova(OurServices, TwoHosts):
    """Two hosts with our managers, and images to boot from."""

    def setUp(self) -> None:
        """Start Nova, and make two flavors."""
        super().setUp()
        self.flavors = [self.flavor, self._create_flavor(vcpu=4)]


STOP: dict[str, Any] = {"os-stop": None}
START: dict[str, Any] = {"os-start": None}
KNOWN = (*model.VALUES, *model.FIXED)
WHICH = st.integers(0, SERVERS_AT_MOST - 1)
WHICH_IMAGE = st.integers(0, IMAGES_AT_MOST - 1)


def _sets(values: dict[str, tuple[str, ...]]) -> st.SearchStrategy[Overrides]:
    each = {
        name: st.sampled_from((*allowed, None))
        for name, allowed in values.items()
    }
    return st.fixed_dictionaries({}, optional=each)


ANY = _sets({**model.VALUES, **model.FIXED})
WRONG = st.sampled_from(model.INVALID)
ANY_OR_WRONG = st.one_of(ANY, ANY, ANY, WRONG)
# Else nearly all requests would be refused for something.
MOSTLY = st.sampled_from((True, True, True, False))


def _without(overrides: Overrides, names: list[str]) -> Overrides:
    return {k: v for k, v in overrides.items() if k not in names}


def _if_any(*statuses: str) -> Callable[[Any], Any]:
    """Run a rule only while some server has one of the statuses."""
    condition: Callable[[Any], Any] = precondition(
        lambda soak: any(each.status in statuses for each in soak.servers)
    )
    return condition


class Soak(RuleBasedStateMachine):
    """Servers of one Nova, which goes on from one example to the next."""

    def __init__(self, nova: SoakedNova) -> None:
        """Begin with two images and no servers."""
        super().__init__()
        self.nova = nova
        self.servers: list[Server] = []
        kernel = nova.image_with()
        plain = {"hw_vif_model": "e1000", "hw_boot_menu": "true"}
        lines = {
            "hw_disk_bus": "scsi",
            "hw_watchdog_action": "reset",
            model.LINE: "console=ttyS0",
        }
        self.images = [
            Image(nova.image_with(**plain), plain, has_kernel=False),
            Image(
                nova.image_with(kernel_id=kernel, ramdisk_id=kernel, **lines),
                lines,
                has_kernel=True,
            ),
        ]

    def teardown(self) -> None:
        """Leave an empty Nova to the next example."""
        self.nova.delete_servers()

    def _pick(self, which: int, *statuses: str) -> Server:
        fitting = [s for s in self.servers if s.status in statuses]
        return fitting[which % len(fitting)]

    def _image(self, which: int) -> Image:
        return self.images[which % len(self.images)]

    def _act(
        self, server: Server, expected: int = 202, **action: object
    ) -> requests.Response:
        answer = self.nova.act({"id": server.id}, **action)
        assert answer.status_code == expected, (action, answer.text)
        return answer

    def _wait(self, server: Server, status: str) -> None:
        self.nova._wait_for_server_parameter(
            {"id": server.id},
            {"status": status, "OS-EXT-STS:task_state": None},
        )
        server.status = status

    # Create, show, delete

    @precondition(lambda self: len(self.servers) < SERVERS_AT_MOST)
    @rule(
        which=WHICH_IMAGE,
        overrides=ANY,
        flavor=st.integers(0, 1),
        mends=MOSTLY,
    )
    def create(
        self, which: int, overrides: Overrides, flavor: int, mends: bool
    ) -> None:
        """Boot, or be refused for what the model knows to be wrong."""
        image = self._image(which)
        wrong = model.problems(image, overrides)
        if mends:
            overrides = _without(overrides, wrong)
            wrong = []
        flavor_id = self.nova.flavors[flavor]
        body = self.nova.body(
            overrides, imageRef=image.id, flavorRef=flavor_id
        )
        answer = self.nova.answer_to(body)
        if wrong:
            assert answer.status_code == 400, answer.text
            assert all(f"{name}: " in answer.text for name in wrong)
            return
        assert answer.status_code == 202, answer.text
        server = Server(
            answer.json()["server"]["id"],
            image,
            dict(image.properties),
            dict(overrides),
            flavor_id,
        )
        self._wait(server, model.ACTIVE)
        self.servers.append(server)

    @rule(which=WHICH_IMAGE, overrides=WRONG)
    def create_wrong(self, which: int, overrides: Overrides) -> None:
        """Nothing comes of a wrong request."""
        image = self._image(which).id
        status, _ = self.nova.refused(overrides, imageRef=image)
        assert status == 400

    @precondition(lambda self: self.servers)
    @rule(which=WHICH)
    def delete(self, which: int) -> None:
        """Delete a server in whatever status."""
        server = self.servers.pop(which % len(self.servers))
        self.nova._delete_server({"id": server.id})

    # Change and rebuild

    @precondition(lambda self: self.servers)
    @rule(which=WHICH, overrides=ANY_OR_WRONG, mends=MOSTLY)
    def change(self, which: int, overrides: Overrides, mends: bool) -> None:
        """PUT another set: only where the server is stopped."""
        server = self.servers[which % len(self.servers)]
        if mends:
            overrides = self._mended(server, server.image, overrides)
        answer = self.nova.request(
            "PUT",
            f"/v2.1/servers/{server.id}",
            OURS,
            json={"server": {"image_props_override": overrides}},
        )
        wrong = self._wrong_for(server, server.image, overrides)
        if server.status not in (
            model.SHUTOFF,
            model.SHELVED,
            model.OFFLOADED,
        ):
            assert answer.status_code in (400, 409), answer.text
            assert wrong or answer.status_code == 409, answer.text
        elif wrong:
            assert answer.status_code == 400, (wrong, answer.text)
        else:
            assert answer.status_code == 200, answer.text
            shown = answer.json()["server"]["image_props_override"]
            assert shown == overrides
            server.change(overrides)

    @precondition(lambda self: self.servers)
    @rule(
        which=WHICH,
        which_image=WHICH_IMAGE,
        same=st.booleans(),
        overrides=st.one_of(st.none(), st.just({}), ANY_OR_WRONG),
        mends=MOSTLY,
    )
    def rebuild(
        self,
        which: int,
        which_image: int,
        same: bool,
        overrides: Overrides | None,
        mends: bool,
    ) -> None:
        """Keep, replace or drop overrides, with the image or another."""
        server = self.servers[which % len(self.servers)]
        image = server.image if same else self._image(which_image)
        if mends and overrides is not None:
            overrides = self._mended(server, image, overrides)
        wanted = server.overrides if overrides is None else overrides
        more = {} if overrides is None else {"image_props_override": overrides}
        answer = self.nova.act(
            {"id": server.id}, rebuild={"imageRef": image.id, **more}
        )
        wrong = self._wrong_for(server, image, wanted)
        if server.status not in (model.ACTIVE, model.SHUTOFF):
            assert answer.status_code in (400, 409), answer.text
        elif wrong:
            assert answer.status_code == 400, (wrong, answer.text)
        else:
            assert answer.status_code == 202, answer.text
            server.rebuild(image, overrides)
            self._wait(server, server.status)

    def _wrong_for(
        self, server: Server, image: Image, overrides: Overrides
    ) -> list[str]:
        """What may not be overridden for a server that exists."""
        # What it removes already need not be there any more.
        known = {
            name: value
            for name, value in overrides.items()
            if not (value is None and server.overrides.get(name, "") is None)
        }
        wrong = model.problems(image, known)
        after = model.merged(image.properties, overrides)
        if after.get(model.NUMA) != server.effective.get(model.NUMA):
            wrong.append(model.NUMA)
        return wrong

    def _mended(
        self, server: Server, image: Image, overrides: Overrides
    ) -> Overrides:
        """Leave out what is wrong, so that the rest has its chance."""
        wrong = self._wrong_for(server, image, overrides)
        fixed = server.effective.get(model.NUMA)
        mended = _without(overrides, [*wrong, model.NUMA])
        if fixed != image.properties.get(model.NUMA):
            mended[model.NUMA] = fixed
        return mended

    # Rescue, stop, start, reboot

    @_if_any(*AT_REST)
    @rule(which=WHICH)
    def rescue(self, which: int) -> None:
        """Rescue from the server's own image."""
        server = self._pick(which, *AT_REST)
        # The harness makes no disks, and so no folder for them.
        Path(CONF.instances_path, server.id).mkdir(exist_ok=True)
        self._act(server, 200, rescue={})
        self._wait(server, model.RESCUE)

    @_if_any(model.RESCUE)
    @rule(which=WHICH)
    def unrescue(self, which: int) -> None:
        """End a rescue."""
        server = self._pick(which, model.RESCUE)
        self._act(server, unrescue=None)
        self._wait(server, model.ACTIVE)

    @_if_any(model.ACTIVE)
    @rule(which=WHICH)
    def stop(self, which: int) -> None:
        """Stop a server."""
        server = self._pick(which, model.ACTIVE)
        self._act(server, **STOP)
        self._wait(server, model.SHUTOFF)

    @_if_any(model.SHUTOFF)
    @rule(which=WHICH)
    def start(self, which: int) -> None:
        """Start it."""
        server = self._pick(which, model.SHUTOFF)
        self._act(server, **START)
        self._wait(server, model.ACTIVE)

    @_if_any(*AT_REST)
    @rule(which=WHICH)
    def hard_reboot(self, which: int) -> None:
        """Have libvirt define the guest anew."""
        server = self._pick(which, *AT_REST)
        self._act(server, reboot={"type": "HARD"})
        self._wait(server, model.ACTIVE)

    # Shelve and unshelve

    @_if_any(*AT_REST)
    @rule(which=WHICH, offload=st.booleans())
    def shelve(self, which: int, offload: bool) -> None:
        """Shelve a server, and take it off its host or not."""
        server = self._pick(which, *AT_REST)
        self.nova.flags(shelved_offload_time=0 if offload else -1)
        self._act(server, shelve=None)
        status = model.OFFLOADED if offload else model.SHELVED
        self._wait(server, status)

    @_if_any(model.SHELVED, model.OFFLOADED)
    @rule(which=WHICH)
    def unshelve(self, which: int) -> None:
        """Start a shelved server, on its host or any."""
        server = self._pick(which, model.SHELVED, model.OFFLOADED)
        self._act(server, unshelve=None)
        self._wait(server, model.ACTIVE)

    # Moves

    @_if_any(*AT_REST)
    @rule(which=WHICH)
    def resize(self, which: int) -> None:
        """Resize to the other flavor."""
        server = self._pick(which, *AT_REST)
        (other,) = {*self.nova.flavors} - {server.flavor}
        self._act(server, resize={"flavorRef": other})
        server.before_resize = (server.status, server.flavor)
        server.flavor = other
        self._wait(server, model.RESIZED)

    @_if_any(*AT_REST)
    @rule(which=WHICH)
    def cold_migrate(self, which: int) -> None:
        """Move to the other host."""
        server = self._pick(which, *AT_REST)
        self._act(server, migrate=None)
        server.before_resize = (server.status, server.flavor)
        self._wait(server, model.RESIZED)

    @_if_any(model.RESIZED)
    @rule(which=WHICH)
    def confirm(self, which: int) -> None:
        """Keep what a resize or migration made."""
        server = self._pick(which, model.RESIZED)
        self._act(server, 204, confirmResize=None)
        self._wait(server, server.before_resize[0])

    @_if_any(model.RESIZED)
    @rule(which=WHICH)
    def revert(self, which: int) -> None:
        """Undo it."""
        server = self._pick(which, model.RESIZED)
        self._act(server, revertResize=None)
        status, server.flavor = server.before_resize
        self._wait(server, status)

    @_if_any(*AT_REST)
    @rule(which=WHICH)
    def wrong_at_rest(self, which: int) -> None:
        """What is not rescued or shelved is not taken back from there."""
        server = self._pick(which, *AT_REST)
        self._act(server, 409, unshelve=None)
        self._act(server, 409, unrescue=None)

    @_if_any(*ELSEWHERE)
    @rule(which=WHICH)
    def wrong_elsewhere(self, which: int) -> None:
        """What is rescued, shelved or resized goes nowhere else."""
        server = self._pick(which, *ELSEWHERE)
        self._act(server, 409, rescue={})
        self._act(server, 409, migrate=None)

    # Snapshot

    @precondition(lambda self: len(self.images) < IMAGES_AT_MOST)
    @_if_any(*AT_REST)
    @rule(which=WHICH)
    def snapshot(self, which: int) -> None:
        """Make an image, which has the effective properties as its own."""
        server = self._pick(which, *AT_REST)
        answer = self._act(server, createImage={"name": "snapshot"})
        image = answer.json()["image_id"]
        self._wait(server, server.status)
        found = self._without_empty_kernel(image)
        assert not [name for name in found if "override" in name]
        # Those that Nova has pinned are among them.
        properties = _checked(server, found)
        self.images.append(
            Image(
                image,
                properties,
                server.image.has_kernel,
                has_ide=found.get("hw_cdrom_bus") == "ide",
            )
        )

    def _without_empty_kernel(self, image: str) -> dict[str, str]:
        """Return an image's properties, as Glance would have them.

        Nova's client of Glance leaves an empty kernel_id out. The stand-in
        for both keeps it, and stock Nova then boots nothing from the image.
        """
        whole = self.nova.glance.show(None, image)
        for name in ("kernel_id", "ramdisk_id"):
            if not whole["properties"].get(name):
                whole["properties"].pop(name, None)
        self.nova.glance.update(None, image, whole, purge_props=True)
        properties: dict[str, str] = whole["properties"]
        return properties

    # What holds after each of them

    @invariant()
    def listed(self) -> None:
        """A list shows the servers of the model, with their overrides."""
        listed = self.nova.api.get_servers(detail=True)
        seen = {s["id"]: (s["status"], _shown(s)) for s in listed}
        assert seen == {s.id: (s.status, s.overrides) for s in self.servers}

    @invariant()
    def kept(self) -> None:
        """Record, system metadata and request specification are its own."""
        for server in self.servers:
            known = {"id": server.id}
            assert _shown(self.nova.api.get_server(server.id)) == (
                server.overrides
            )
            metadata = self.nova.system_metadata(known)
            recorded = {k for k in metadata if "glance_override:" in k}
            assert recorded == {
                f"image_{name}" for name in record_of(server.overrides)
            }
            # As Nova reads it: a long command line is kept in parts.
            image = utils.get_image_from_system_metadata(metadata)
            _checked(server, image["properties"])
            _checked(server, self._asked(known))

    def _asked(self, server: dict[str, str]) -> Properties:
        asked = self.nova.request_spec(server).image.properties
        values = {name: asked.get(name) for name in KNOWN}
        return {k: _text(v) for k, v in values.items() if v is not None}


def _checked(server: Server, found: Mapping[str, str]) -> Properties:
    """Return a server's properties, compared with the model's."""
    properties = {name: found[name] for name in KNOWN if name in found}
    expected = server.effective
    extra = properties.keys() - expected.keys()
    assert extra <= PINNED_BY_NOVA, extra
    assert {name: properties.get(name) for name in expected} == expected
    return properties


def _shown(server: Any) -> Overrides:
    overrides: Overrides = server["image_props_override"]
    return overrides


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
