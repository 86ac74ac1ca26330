# SPDX-License-Identifier: Apache-2.0
"""Nova in-process whose conductor and compute run our managers."""

from __future__ import annotations

from unittest import mock

from nova import service

from image_props_override.nova_plugin.services.main import MANAGERS
from tests.functional.nova_in_process import NovaInProcess


class OurServices(NovaInProcess):
    """One host; to mix in before another harness that has more."""

    def setUp(self) -> None:
        """Start Nova with our managers."""
        ours = mock.patch.dict(service.SERVICE_MANAGERS, MANAGERS)
        ours.start()
        self.addCleanup(ours.stop)
        super().setUp()
