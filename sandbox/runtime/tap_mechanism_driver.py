# SPDX-License-Identifier: Apache-2.0
"""Neutron's part in giving guests a network device without any agent."""

from typing import Any

from neutron_lib.plugins.ml2 import api


class TapMechanismDriver(api.MechanismDriver):  # type: ignore[misc]
    """Binds every port as a plain tap device, on whichever host asks.

    Guests get a real network device and a Neutron port, and no network
    behind it: no agent, bridge, Open vSwitch or address on the machine.
    """

    def initialize(self) -> None:
        """Nothing to prepare."""

    @property
    def connectivity(self) -> str:
        """What Neutron reports in a port's binding details."""
        return "l2"

    def bind_port(self, context: Any) -> None:
        """Bind the port to its first segment."""
        segment = context.segments_to_bind[0]
        context.set_binding(
            segment[api.ID], "tap", {"port_filter": False}, status="ACTIVE"
        )
