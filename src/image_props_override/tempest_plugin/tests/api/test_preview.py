# SPDX-License-Identifier: Apache-2.0
"""The preview: what a boot would be like, without one."""

from __future__ import annotations

from typing import Any, ClassVar

from tempest.lib import decorators, exceptions
from tempest.lib.common.utils import data_utils

from image_props_override.tempest_plugin.tests import base, cloud


class PreviewTest(base.BaseOverridesTest):
    """``POST /os-image-props-override/preview``."""

    def _preview(self, overrides: Any = None, **wish: Any) -> dict[str, Any]:
        wish.setdefault("imageRef", self.image_id)
        wish.setdefault("flavorRef", self.flavor_id)
        if overrides is not None:
            wish["image_props_override"] = overrides
        try:
            answer = self.overrides_client.preview(**wish)
        except exceptions.Forbidden as refusal:
            # A reader's class tries the policy; this one needs it.
            raise self.skipException(cloud.in_one_line(refusal)) from refusal
        return dict(answer["preview"])

    @decorators.idempotent_id("7b6a5c4d-3e2f-4a1b-9c0d-8e7f6a5b4c01")
    @decorators.attr(type="smoke")
    def test_tells_where_each_value_comes_from(self) -> None:
        """Image, override or removal, with what the image says itself."""
        image = self.create_empty_image(
            hw_vif_model="e1000", hw_disk_bus="sata", hw_boot_menu="false"
        )
        overrides = {"hw_vif_model": "e1000e", "hw_disk_bus": None}
        self.needs(overrides, image)
        found = self._preview(overrides, imageRef=image)
        told = {
            each["name"]: (
                each["value"],
                each["origin"],
                each["image_value"],
            )
            for each in found["properties"]
        }
        self.assertTrue(found["bootable"])
        self.assertEqual([], found["problems"])
        self.assertEqual(("e1000e", "override", "e1000"), told["hw_vif_model"])
        self.assertEqual((None, "removed", "sata"), told["hw_disk_bus"])
        self.assertEqual(("false", "image", "false"), told["hw_boot_menu"])

    @decorators.idempotent_id("7b6a5c4d-3e2f-4a1b-9c0d-8e7f6a5b4c02")
    def test_tells_of_the_image_alone(self) -> None:
        """Overrides may be left out."""
        found = self._preview()
        self.assertEqual([], found["problems"])
        origins = {each["origin"] for each in found["properties"]}
        self.assertLessEqual(origins, {"image", "flavor"})

    @decorators.idempotent_id("7b6a5c4d-3e2f-4a1b-9c0d-8e7f6a5b4c03")
    def test_tells_every_problem(self) -> None:
        """With the codes that a boot would be refused with."""
        found = self._preview({"hw_bogus": "1", "hw_vif_model": "e1001"})
        self.assertFalse(found["bootable"])
        told = {(each["property"], each["code"]) for each in found["problems"]}
        # Rules and policy may have more to say.
        self.assertLessEqual(
            {("hw_bogus", "name_unknown"), ("hw_vif_model", "value_invalid")},
            told,
        )

    @decorators.idempotent_id("7b6a5c4d-3e2f-4a1b-9c0d-8e7f6a5b4c04")
    def test_boots_nothing(self) -> None:
        """The project has as many servers as before."""
        before = self.servers_client.list_servers()["servers"]
        self._preview({"hw_boot_menu": "true"})
        self.assertEqual(before, self.servers_client.list_servers()["servers"])

    @decorators.idempotent_id("7b6a5c4d-3e2f-4a1b-9c0d-8e7f6a5b4c05")
    @decorators.attr(type=["negative"])
    def test_preview_of_unknown_image_or_flavor_negative(self) -> None:
        """Neither exists."""
        for wish in (
            {"imageRef": data_utils.rand_uuid()},
            {"flavorRef": data_utils.rand_uuid()},
        ):
            self.assertRaises(exceptions.NotFound, self._preview, **wish)

    @decorators.idempotent_id("7b6a5c4d-3e2f-4a1b-9c0d-8e7f6a5b4c06")
    @decorators.attr(type=["negative"])
    def test_preview_with_malformed_body_negative(self) -> None:
        """An unknown key, two roots, or an id that is none."""
        for wish in (
            {"min_count": 2},
            {"volumeId": data_utils.rand_uuid()},
            {"imageRef": "no-such-form"},
        ):
            self.assertRaises(exceptions.BadRequest, self._preview, **wish)

    @decorators.idempotent_id("7b6a5c4d-3e2f-4a1b-9c0d-8e7f6a5b4c07")
    @decorators.attr(type=["negative"])
    def test_preview_at_older_microversion_negative(self) -> None:
        """There is no such resource yet."""
        for microversion in (base.OLDEST, self.microversion_before()):
            client = self.overrides_client_of(self.os_primary, microversion)
            self.assertRaises(
                exceptions.NotFound,
                client.preview,
                imageRef=self.image_id,
                flavorRef=self.flavor_id,
            )


class PreviewReaderTest(base.BaseOverridesTest):
    """A reader of the project."""

    credentials: ClassVar = ("primary", "project_reader")

    @decorators.idempotent_id("7b6a5c4d-3e2f-4a1b-9c0d-8e7f6a5b4c08")
    @decorators.attr(type=["negative"])
    def test_preview_as_reader_negative(self) -> None:
        """Who may not boot need not know what a boot would be like."""
        client = self.overrides_client_of(self.os_project_reader)
        message = self.refused(
            exceptions.Forbidden,
            client.preview,
            imageRef=self.image_id,
            flavorRef=self.flavor_id,
        )
        self.assertIn(cloud.PREVIEW_POLICY, message)
