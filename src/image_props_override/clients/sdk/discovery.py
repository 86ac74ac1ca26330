# SPDX-License-Identifier: Apache-2.0
"""Catalogue and preview as resources of the SDK."""

from __future__ import annotations

from openstack import resource

from image_props_override.clients.compute_requests import (
    CATALOGUE_PATH,
    PREVIEW_PATH,
)
from image_props_override.core.override_request import KEY


class OverridableImageProperty(resource.Resource):
    """An image property that exists, and whether this user may override it."""

    resources_key = "properties"
    base_path = CATALOGUE_PATH
    allow_list = True

    #: The canonical name.
    name = resource.Body("name", alternate_id=True)
    #: The form of the value: ``enum``, ``integer``, ``boolean``, ...
    kind = resource.Body("kind")
    #: What an override means: ``guest`` (the user's own), ``placement``
    #: (uses or chooses what is shared), ``security``, ``no_effect`` (Nova
    #: does not read it at boot).
    property_class = resource.Body("class")
    description = resource.Body("description")
    #: For an ``enum``, all of them; else empty.
    legal_values = resource.Body("legal_values", type=list)
    #: For integers, as is ``maximum``; None where there is no bound.
    minimum = resource.Body("minimum")
    maximum = resource.Body("maximum")
    #: Older names for the same.
    legacy_aliases = resource.Body("legacy_aliases", type=list)
    #: Whether there is a value that this user may set.
    is_allowed = resource.Body("allowed", type=bool)
    #: What this user may set, as docs/reference/api.md has it, and whether
    #: this user may remove the image's property.
    allowed_values = resource.Body("allowed_values", type=dict)
    is_removal_allowed = resource.Body("removal_allowed", type=bool)
    #: What a change for a stopped server does: ``next_start``, ``move`` or
    #: ``never``; None where the property has no effect.
    takes_effect = resource.Body("takes_effect")
    #: The rule that says so.
    rule = resource.Body("rule")
    #: Why Nova would not read the property, and what to do instead; None
    #: where it has an effect.
    no_effect = resource.Body("no_effect")


class ImagePropsOverridePreview(resource.Resource):
    """What would become of a boot, or of a server; nothing is done."""

    resource_key = "preview"
    base_path = PREVIEW_PATH
    allow_create = True

    image_id = resource.Body("imageRef")
    volume_id = resource.Body("volumeId")
    server_id = resource.Body("serverId")
    flavor_id = resource.Body("flavorRef")
    image_props_override = resource.Body(KEY, type=dict)

    is_bootable = resource.Body("bootable", type=bool)
    #: Dictionaries ``name``, ``value``, ``origin``, ``image_value``,
    #: ``supported``.
    properties = resource.Body("properties", type=list)
    #: All for which a boot would be refused: dictionaries ``property``,
    #: ``code``, ``message``.
    problems = resource.Body("problems", type=list)
    #: For a server: changes after which the guest may not boot, dictionaries
    #: ``property``, ``message``.
    warnings = resource.Body("warnings", type=list)
