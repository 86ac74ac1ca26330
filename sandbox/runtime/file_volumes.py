# SPDX-License-Identifier: Apache-2.0
"""Cinder's volumes and snapshots as plain files, which Nova opens itself."""

import os
import subprocess
from pathlib import Path
from typing import Any, Final

from cinder.image import image_utils
from cinder.volume import driver, volume_utils
from oslo_config import cfg

_BYTES_PER_GIB: Final = 1 << 30
_OPTIONS: Final = (
    cfg.StrOpt("volumes_dir", help="The folder of volumes and snapshots."),
)


class FileVolumeDriver(driver.VolumeDriver):  # type: ignore[misc]
    """Keeps each volume, and each snapshot, as a sparse raw file.

    Nova attaches a file of its own machine by the connection type ``gpfs``,
    without iSCSI, mounts, kernel modules or rights of root.
    """

    VERSION = "1.0"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Learn the driver's own option."""
        super().__init__(*args, **kwargs)
        self.configuration.append_config_values(_OPTIONS)
        self._folder = Path(self.configuration.volumes_dir)

    def check_for_setup_error(self) -> None:
        """Make the folder; an error in it shows when Cinder starts."""
        self._folder.mkdir(parents=True, exist_ok=True)

    def local_path(self, volume: Any) -> str:
        """Return the path of a volume's or snapshot's file."""
        return str(self._folder / volume["name"])

    def create_volume(self, volume: Any) -> None:
        """Create an empty volume, which takes no room yet."""
        Path(self.local_path(volume)).write_bytes(b"")
        self.extend_volume(volume, volume["size"])

    def delete_volume(self, volume: Any) -> None:
        """Delete a volume, if its file is there."""
        Path(self.local_path(volume)).unlink(missing_ok=True)

    def extend_volume(self, volume: Any, new_size: int) -> None:
        """Make a volume larger; what is added reads as zeros."""
        os.truncate(self.local_path(volume), new_size * _BYTES_PER_GIB)

    def create_snapshot(self, snapshot: Any) -> None:
        """Copy a volume, as it is at this moment."""
        self._copy(snapshot["volume"], snapshot)

    def delete_snapshot(self, snapshot: Any) -> None:
        """Delete a snapshot, if its file is there."""
        self.delete_volume(snapshot)

    def create_volume_from_snapshot(self, volume: Any, snapshot: Any) -> None:
        """Create a volume with the content of a snapshot."""
        self._copy(snapshot, volume)
        self.extend_volume(volume, volume["size"])

    def create_cloned_volume(self, volume: Any, src_vref: Any) -> None:
        """Create a volume with the content of another one."""
        self.create_volume_from_snapshot(volume, src_vref)

    def revert_to_snapshot(
        self, _context: Any, volume: Any, snapshot: Any
    ) -> None:
        """Give a volume the content of its snapshot again."""
        self.create_volume_from_snapshot(volume, snapshot)

    def copy_image_to_volume(
        self,
        context: Any,
        volume: Any,
        image_service: Any,
        image_id: str,
        disable_sparse: bool = False,
    ) -> None:
        """Write an image's data into a volume of at least its size."""
        image_utils.fetch_to_raw(
            context,
            image_service,
            image_id,
            self.local_path(volume),
            self.configuration.volume_dd_blocksize,
            size=volume["size"],
            run_as_root=False,
            disable_sparse=disable_sparse,
        )
        # The copy made the file as small as the image.
        self.extend_volume(volume, volume["size"])

    def copy_volume_to_image(
        self, context: Any, volume: Any, image_service: Any, image_meta: Any
    ) -> None:
        """Upload a volume's content as an image."""
        volume_utils.upload_volume(
            context,
            image_service,
            image_meta,
            self.local_path(volume),
            volume,
            run_as_root=False,
        )

    def initialize_connection(
        self, volume: Any, _connector: Any, **_more: Any
    ) -> dict[str, Any]:
        """Return how Nova attaches a volume: as a file."""
        return {
            "driver_volume_type": "gpfs",
            "data": {
                "name": volume["name"],
                "device_path": self.local_path(volume),
            },
        }

    def validate_connector(self, _connector: Any) -> None:
        """Let any host attach a volume: there is one."""

    def terminate_connection(
        self, _volume: Any, _connector: Any, **_more: Any
    ) -> None:
        """Nothing is connected that would have to be cut."""

    def ensure_export(self, _context: Any, _volume: Any) -> None:
        """Nothing is exported."""

    def create_export(
        self, _context: Any, _volume: Any, _connector: Any
    ) -> None:
        """Nothing is exported."""

    def remove_export(self, _context: Any, _volume: Any) -> None:
        """Nothing is exported."""

    def _update_volume_stats(self) -> None:
        self._stats = {
            "volume_backend_name": self.configuration.volume_backend_name,
            "vendor_name": "sandbox",
            "driver_version": self.VERSION,
            "storage_protocol": "file",
            # Files take only the room that is written to.
            "total_capacity_gb": "infinite",
            "free_capacity_gb": "infinite",
            "multiattach": True,
        }

    def _copy(self, source: Any, target: Any) -> None:
        # Python's own copy would write the holes of a file as zeros.
        subprocess.run(
            [
                *("cp", "--sparse=always", "--"),
                *(self.local_path(source), self.local_path(target)),
            ],
            check=True,
        )
