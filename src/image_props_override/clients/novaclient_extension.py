# SPDX-License-Identifier: Apache-2.0
"""``nova boot --image-prop-override``, and ``client.servers`` to match.

novaclient finds this module by the entry point ``servers`` and puts the
manager in it instead of ``client.servers``. It uses the last manager
class that the module has, so there is only one; novaclient's own are reached
through their module.
"""

from __future__ import annotations

import argparse
import copy
import functools
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Optional

import novaclient
from keystoneauth1.adapter import Adapter
from novaclient import api_versions, base, exceptions, utils
from novaclient.v2 import servers, shell

from image_props_override.clients.changed_overrides import with_more
from image_props_override.clients.compute_requests import (
    CloudFeature,
    preview_of_change,
)
from image_props_override.clients.override_arguments import (
    DESTINATION,
    override_options,
)
from image_props_override.core.override_request import KEY

Overrides = Mapping[str, Optional[str]]


class Server(servers.Server):
    """A server that knows its overrides, and can be given others."""

    @property
    def image_props_override(self) -> dict[str, str | None] | None:
        """What was overridden; None where the cloud does not return it.

        Asked of the cloud at each look, at the feature's microversion:
        all else of the server is as of the client's own.
        """
        overrides: dict[str, str | None] | None
        overrides = self.manager.image_props_override(self)
        return overrides

    def rebuild(
        self,
        image: Any,
        password: str | None = None,
        preserve_ephemeral: bool = False,
        *,
        image_props_override: Overrides | None = None,
        **kwargs: Any,
    ) -> Server:
        """Rebuild; the arguments are novaclient's, and the manager's."""
        rebuilt: Server = self.manager.rebuild(
            self,
            image,
            password=password,
            preserve_ephemeral=preserve_ephemeral,
            image_props_override=image_props_override,
            **kwargs,
        )
        return rebuilt

    def update(
        self,
        *args: Any,
        image_props_override: Overrides | None = None,
        **kwargs: Any,
    ) -> Any:
        """Change; the arguments are novaclient's, and the manager's."""
        if (
            image_props_override is None
            and self.manager.added_by_command is None
        ):
            return super().update(*args, **kwargs)
        return self.manager.update(
            self, *args, image_props_override=image_props_override, **kwargs
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, with the overrides where a command shows them."""
        fields: dict[str, Any] = super().to_dict()
        if self.manager.command_shows_overrides:
            overrides = self.image_props_override
            if overrides is not None:
                fields[KEY] = overrides
        return fields


class ServerManager(servers.ServerManager):
    """``client.servers``, whose create, rebuild and update take overrides.

    Attributes:
        overrides_of_command: What the user of the shell gave for the one
            create or rebuild that a command makes.
        added_by_command: What the user of the shell gave for the one update
            that a command makes, to be added to what the server has.
        command_shows_overrides: Whether a command shows servers with their
            overrides.
    """

    resource_class = Server

    def __init__(self, api: Any) -> None:
        """Manage the servers of a client."""
        super().__init__(api)
        self.overrides_of_command: Overrides | None = None
        self.added_by_command: Overrides | None = None
        self.command_shows_overrides = False

    def create(
        self,
        *args: Any,
        image_props_override: Overrides | None = None,
        **kwargs: Any,
    ) -> Any:
        """Create a server.

        Args:
            *args: As novaclient's.
            image_props_override: Image property to value; None removes it.
            **kwargs: As novaclient's.

        Raises:
            CommandError: The cloud does not have the feature.
            BadRequest: The overrides are wrong; the message names all
                problems.
            UnsupportedAttribute: Files are given too, which no microversion
                that has the feature can take.
        """
        overrides = self._given(image_props_override)
        if overrides is None:
            return super().create(*args, **kwargs)
        created = self._sender(overrides).create(*args, **kwargs)
        # Where the caller wants a reservation, it is only the name of one.
        if isinstance(created, base.Resource):
            created.manager = self
        return created

    def rebuild(
        self,
        server: Any,
        *args: Any,
        image_props_override: Overrides | None = None,
        **kwargs: Any,
    ) -> Any:
        """Rebuild a server.

        Args:
            server: The server, or its id.
            *args: As novaclient's.
            image_props_override: All overrides that the server is to have
                from now on. An empty mapping drops those that it has; None
                keeps them.
            **kwargs: As novaclient's.

        Raises:
            CommandError: As of ``create``; so is ``BadRequest``.
            UnsupportedAttribute: As of ``create``.
        """
        overrides = self._given(image_props_override)
        if overrides is None:
            answer = super().rebuild(server, *args, **kwargs)
            fields = answer.to_dict()
        else:
            answer = self._sender(overrides).rebuild(server, *args, **kwargs)
            # The answer has the fields of the feature's microversion;
            # callers know those of their own. The password is told once.
            fields = servers.Server.to_dict(self.get(answer))
            if hasattr(answer, "adminPass"):
                fields["adminPass"] = answer.adminPass
        # novaclient makes one of its own class.
        rebuilt = Server(self, fields)
        rebuilt.append_request_ids(answer.request_ids)
        return rebuilt

    def update(
        self,
        server: Any,
        *args: Any,
        image_props_override: Overrides | None = None,
        **kwargs: Any,
    ) -> Any:
        """Change a server, all that is named or nothing.

        Args:
            server: The server, or its id.
            *args: As novaclient's.
            image_props_override: All overrides that the server, which must
                be stopped or shelved, has from its next start on. An
                empty mapping drops those that it has; None keeps them.
            **kwargs: As novaclient's.

        Raises:
            CommandError: The cloud does not have the feature.
            BadRequest: The overrides are wrong; the message names all
                problems.
            Conflict: The server is not stopped, or is busy.
        """
        overrides = image_props_override
        warnings: Iterable[Mapping[str, str]] = ()
        if overrides is None and self.added_by_command is not None:
            overrides = self._with_more(server, self.added_by_command)
            # Afterwards the cloud would know of no change.
            warnings = self._warnings_of(server, overrides)
        if overrides is None:
            return super().update(server, *args, **kwargs)
        sender = self._sender(overrides)
        if all(value is None for value in (*args, *kwargs.values())):
            # novaclient would send nothing then.
            answer = sender._update(
                f"/servers/{base.getid(server)}", {"server": {}}, "server"
            )
        else:
            answer = sender.update(server, *args, **kwargs)
        # As of a rebuild.
        updated = Server(self, servers.Server.to_dict(self.get(answer)))
        updated.append_request_ids(answer.request_ids)
        for each in warnings:
            print(
                f"WARNING: {each['property']}: {each['message']}",
                file=sys.stderr,
            )
        return updated

    def _warnings_of(
        self, server: Any, overrides: Overrides
    ) -> Iterable[Mapping[str, str]]:
        preview = preview_of_change(
            _adapter(self.client),
            self._feature.required().microversion,
            base.getid(server),
            overrides,
        )
        warnings: Iterable[Mapping[str, str]]
        warnings = (preview or {}).get("warnings", ())
        return warnings

    def _with_more(self, server: Any, given: Overrides) -> Overrides:
        properties = self._feature.required().properties
        recorded = self.image_props_override(server)
        if recorded is None:
            raise exceptions.CommandError(
                "cannot read the server's overrides now"
            )
        return with_more(recorded, given, properties)

    def image_props_override(
        self, server: Any
    ) -> dict[str, str | None] | None:
        """Return what was overridden for a server.

        Args:
            server: The server, or its id.

        Returns:
            Image property to value, None for a removed one; None on a cloud
            without the feature, or that does not say whether it has it, and
            for a server of a cell that is down.
        """
        feature = self._feature.if_known()
        if feature is None:
            return None
        _, answer = _at(self.client, feature.microversion).get(
            f"/servers/{base.getid(server)}"
        )
        overrides: dict[str, str | None] | None = answer["server"].get(KEY)
        return overrides

    def _given(self, overrides: Overrides | None) -> Overrides | None:
        return self.overrides_of_command if overrides is None else overrides

    @functools.cached_property
    def _feature(self) -> CloudFeature:
        return CloudFeature(_adapter(self.client), exceptions.CommandError)

    def _sender(self, overrides: Overrides) -> servers.ServerManager:
        """Return novaclient's own manager, whose requests have overrides.

        It is for one call; the client and all its other managers are left
        as they are, for other threads too.
        """
        feature = self._feature.required()
        sender = servers.ServerManager(copy.copy(self.api))
        sender.resource_class = Server
        sender.api.client = copy.copy(self.client)
        sender.api.client.post = functools.partial(
            _post, _at(self.client, feature.microversion), overrides
        )
        sender.api.client.put = functools.partial(
            _put, _at(self.client, feature.microversion), overrides
        )
        return sender


def _adapter(client: Any) -> Adapter:
    """Return keystoneauth's adapter of the service that a client talks to.

    novaclient's own sends one microversion with all requests.
    """
    return Adapter(
        client.session,
        auth=client.auth,
        service_type=client.service_type,
        service_name=client.service_name,
        interface=client.interface,
        region_name=client.region_name,
        endpoint_override=client.endpoint_override,
        user_agent=client.user_agent,
    )


def _at(client: Any, microversion: str) -> Any:
    """Return a copy of an HTTP client at another microversion.

    novaclient refuses ones that it does not know, but only when a client is
    made.
    """
    copied = copy.copy(client)
    copied.api_version = api_versions.APIVersion(microversion)
    return copied


def _post(
    client: Any, overrides: Overrides, url: str, body: dict[str, Any]
) -> Any:
    """Send a create or rebuild request with overrides in it.

    The body was made for the user's microversion; what newer ones want in
    another way is put so.
    """
    part = "server" if "server" in body else "rebuild"
    if "personality" in body[part]:
        raise exceptions.UnsupportedAttribute("files", "2.0", "2.56")
    fields = {**body[part], KEY: dict(overrides)}
    if part == "server":
        # Required since 2.37, and what naming none meant before.
        fields.setdefault("networks", "auto")
    return client.post(url, body={**body, part: fields})


def _put(
    client: Any, overrides: Overrides, url: str, body: dict[str, Any]
) -> Any:
    """Send an update with overrides in it."""
    fields = {**body["server"], KEY: dict(overrides)}
    return client.put(url, body={**body, "server": fields})


def __pre_parse_args__() -> None:  # noqa: N807 - novaclient's name for it
    """Give ``nova boot``, ``rebuild`` and ``update`` the options."""
    for command in (shell.do_boot, shell.do_rebuild, shell.do_update):
        can_drop_all = command is not shell.do_boot
        options = override_options(can_drop_all=can_drop_all)
        # Each goes before the others.
        for option, arguments in reversed(list(options)):
            utils.add_arg(command, option, **arguments)


def __post_parse_args__(  # noqa: N807 - novaclient's name for it
    args: argparse.Namespace,
) -> None:
    """Let the chosen command run with the overrides that were given."""
    if args.func is shell.do_update:
        args.func = functools.partial(_run_update, args.func)
    if args.func in (shell.do_boot, shell.do_rebuild, shell.do_show):
        args.func = functools.partial(_run, args.func)


def _run(
    command: Callable[[Any, argparse.Namespace], None],
    client: Any,
    args: argparse.Namespace,
) -> None:
    overrides = getattr(args, DESTINATION, None)
    client.servers.overrides_of_command = overrides
    # Who asks for an older answer gets it, without the field.
    newest = client.api_version >= novaclient.API_MAX_VERSION
    given = overrides is not None
    client.servers.command_shows_overrides = given or newest
    command(client, args)


def _run_update(
    command: Callable[[Any, argparse.Namespace], None],
    client: Any,
    args: argparse.Namespace,
) -> None:
    client.servers.added_by_command = getattr(args, DESTINATION, None)
    command(client, args)
