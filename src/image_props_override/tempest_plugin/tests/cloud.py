# SPDX-License-Identifier: Apache-2.0
"""What a test knows of the cloud: its clients, and what it lets users do."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, ClassVar, TypeVar

from tempest import config, test
from tempest.lib import exceptions

from image_props_override.tempest_plugin.clients import (
    OverridesClient,
    ServersClient,
)

CONF = config.CONF

_Client = TypeVar("_Client")

CREATE_POLICY = "os_compute_api:servers:create:image_props_override"
CHANGE_POLICY = "os_compute_api:servers:update:image_props_override"
PREVIEW_POLICY = "os_compute_api:os-image-props-override:preview"
# Codes of refusals that depend on the operator, the flavor, the hosts and
# Nova's own configuration. All others are the same in any cloud.
_OF_THIS_CLOUD = frozenset(
    {
        "rule_denies",
        "flavor_limit",
        "flavor_wins",
        "no_host_supports",
        "nova_refuses",
    }
)


class CloudTest(test.BaseTestCase):
    """A test of a cloud that takes overrides of image properties.

    Attributes:
        user: Whose requests they are: `primary` or `admin`.
        microversion: The one that brings the feature, as the cloud says.
        catalogue: The cloud's image properties by name.
        servers_client: Asks at that microversion, as that user.
        overrides_client: Asks catalogue and preview, as that user.
        image_id: The image to boot from.
        flavor_id: The flavor to boot with.
    """

    credentials: ClassVar[Sequence[str]] = ("primary",)
    user: ClassVar[str] = "primary"

    microversion: ClassVar[str]
    catalogue: ClassVar[Mapping[str, Mapping[str, Any]]]
    servers_client: ClassVar[ServersClient]
    overrides_client: ClassVar[OverridesClient]
    image_id: ClassVar[str]
    flavor_id: ClassVar[str]

    @classmethod
    def skip_checks(cls) -> None:
        """Skip where the cloud is not meant to have the feature."""
        super().skip_checks()
        for service in ("nova", "glance", "image_props_override"):
            if not getattr(CONF.service_available, service):
                raise cls.skipException(
                    f"[service_available] {service} is false"
                )

    @classmethod
    def setup_credentials(cls) -> None:
        """Ask for a network, if Tempest is to make networks at all."""
        cls.set_network_resources(network=True, subnet=True)
        try:
            super().setup_credentials()
        except exceptions.InvalidCredentials as missing:
            if "project_reader" not in cls.credentials:
                raise
            raise cls.skipException(
                f"Tempest has no account of a reader: {in_one_line(missing)}"
            ) from missing

    @classmethod
    def setup_clients(cls) -> None:
        """Learn the microversion from the cloud."""
        super().setup_clients()
        manager = getattr(cls, f"os_{cls.user}")
        cls.overrides_client = cls.overrides_client_of(manager)
        try:
            found = cls.overrides_client.show_catalogue()
        except exceptions.NotFound as missing:
            raise exceptions.InvalidConfiguration(
                "[service_available] image_props_override is true, but this "
                "cloud's nova-api has no nova-image-props-override (or none "
                "in its paste pipeline: docs/operator/admin.md)"
            ) from missing
        except exceptions.Forbidden as refusal:
            raise cls.skipException(in_one_line(refusal)) from refusal
        cls.microversion = found["microversion"]
        cls.catalogue = {each["name"]: each for each in found["properties"]}
        cls.servers_client = cls.servers_client_of(manager)

    @classmethod
    def resource_setup(cls) -> None:
        """Choose image and flavor."""
        super().resource_setup()
        options = CONF.image_props_override
        cls.image_id = options.image_ref or CONF.compute.image_ref
        cls.flavor_id = options.flavor_ref or CONF.compute.flavor_ref

    @classmethod
    def overrides_client_of(
        cls, manager: Any, microversion: str = "latest"
    ) -> OverridesClient:
        """Return a client of catalogue and preview for a user.

        Args:
            manager: The user's, such as ``os_primary``.
            microversion: What to ask at.
        """
        return _client(OverridesClient, manager, microversion=microversion)

    @classmethod
    def servers_client_of(
        cls, manager: Any, microversion: str | None = None
    ) -> ServersClient:
        """Return a client of ``/servers`` for a user.

        Args:
            manager: The user's, such as ``os_primary``.
            microversion: What to ask at; the feature's if None.
        """
        return _client(
            ServersClient,
            manager,
            microversion=microversion or cls.microversion,
            overrides_from=cls.microversion,
            enable_instance_password=(
                CONF.compute_feature_enabled.enable_instance_password
            ),
        )

    @classmethod
    def microversion_before(cls) -> str:
        """Return the last microversion without the feature: Nova's own."""
        major, minor = cls.microversion.split(".")
        return f"{major}.{int(minor) - 1}"

    @classmethod
    def needs_policy(cls) -> None:
        """Skip where the policy lets this user override nothing at all."""
        for each in cls.catalogue.values():
            if CREATE_POLICY in each["rule"]:
                raise cls.skipException(each["rule"])

    @classmethod
    def needs(
        cls,
        overrides: Mapping[str, str | None],
        image_id: str | None = None,
        codes: Collection[str] = _OF_THIS_CLOUD,
    ) -> None:
        """Skip where this cloud does not take the overrides, and say why.

        That is where its policy or rules deny them, the flavor decides, no
        host supports them, or Nova itself refuses. What is wrong in any cloud
        is left to the test.

        Args:
            overrides: What is to be overridden.
            image_id: The image to boot from; the class's if None.
            codes: Those of the refusals that are reasons.
        """
        cls.needs_policy()
        reasons = [
            f"{each['property'] or 'the request'}: {each['message']}"
            for each in cls.problems_of(overrides, image_id)
            if each["code"] in codes
        ]
        if reasons:
            raise cls.skipException("; ".join(reasons))

    @classmethod
    def needs_rules_for(
        cls, overrides: Mapping[str, str | None], image_id: str | None = None
    ) -> None:
        """Skip where policy or rules deny the overrides, whatever else does.

        For tests of what else does; see `needs`.
        """
        cls.needs(overrides, image_id, codes=("rule_denies",))

    @classmethod
    def problems_of(
        cls,
        overrides: Mapping[str, str | None],
        image_id: str | None = None,
        flavor_id: str | None = None,
    ) -> list[Mapping[str, Any]]:
        """Return what the cloud finds wrong with overrides.

        As its preview has it: ``property``, ``code`` and ``message`` each.
        Where this user may ask for none: which properties no rule allows.

        Args:
            overrides: What is to be overridden.
            image_id: The image to boot from; the class's if None.
            flavor_id: The flavor to boot with; the class's if None.
        """
        try:
            answer = cls.overrides_client.preview(
                imageRef=image_id or cls.image_id,
                flavorRef=flavor_id or cls.flavor_id,
                image_props_override=overrides,
            )
        except exceptions.Forbidden:
            return [
                {
                    "property": name,
                    "code": "rule_denies",
                    "message": cls.catalogue[name]["rule"],
                }
                for name in overrides
                if name in cls.catalogue and is_denied(cls.catalogue[name])
            ]
        return list(answer["preview"]["problems"])

    @classmethod
    def needs_services_that_keep_overrides(cls) -> None:
        """Skip where rebuild and rescue are refused, as documented."""
        if not CONF.image_props_override.services_keep_overrides:
            raise cls.skipException(
                "[image_props_override] services_keep_overrides is false"
            )


def is_denied(property_in_catalogue: Mapping[str, Any]) -> bool:
    """Return whether the operator's rules deny a property to this user.

    Nobody may override what has no effect, whatever the rules say.
    """
    allowed = property_in_catalogue["allowed"]
    return not allowed and not property_in_catalogue["no_effect"]


def in_one_line(error: Exception) -> str:
    """Return an error's text: reports show the first line of a reason."""
    return " ".join(str(error).split())


def _client(
    kind: Callable[..., _Client], manager: Any, **options: Any
) -> _Client:
    connection = config.service_client_config("compute")
    return kind(manager.auth_provider, **connection, **options)
