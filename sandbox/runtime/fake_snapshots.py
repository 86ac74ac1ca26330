# SPDX-License-Identifier: Apache-2.0
"""Nova's fake driver made to upload the snapshots that it makes."""

import io
from collections.abc import Callable
from typing import Any

from nova.image import glance
from nova.virt import fake


def upload_them() -> None:
    """Upload an empty disk for each snapshot of a make-believe guest.

    Else its image would stay ``queued`` for ever, and nobody could shelve a
    server or boot its snapshot.
    """
    driver = fake.FakeDriver
    snapshot = driver.snapshot

    def snapshot_and_upload(
        self: Any,
        context: Any,
        instance: Any,
        image_id: str,
        update_task_state: Callable[..., None],
    ) -> None:
        snapshot(self, context, instance, image_id, update_task_state)
        glance.API().update(
            context,
            image_id,
            {"disk_format": "raw", "container_format": "bare"},
            data=io.BytesIO(bytes(512)),
        )

    driver.snapshot = snapshot_and_upload
