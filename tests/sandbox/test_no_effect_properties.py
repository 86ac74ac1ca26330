# SPDX-License-Identifier: Apache-2.0
"""The properties that are denied because Nova does not read them at boot.

A guest whose image has all of them is the guest whose image has none: libvirt
is told the same. That is why overriding them would be in vain.
"""

import re
import subprocess
from pathlib import Path

from image_props_override.core.properties.definition import PropertyClass
from image_props_override.core.properties.facts import FACTS
from sandbox import accounts
from sandbox.demo import boot
from sandbox.settings import Settings
from tests.sandbox.guest_images import create_image

# A legal value for each that is one string.
VALUES = {
    "hw_auto_disk_config": "true",
    "hw_device_id": "2",
    "hw_ephemeral_encryption_secret_uuid": (
        "12345678-1234-1234-1234-123456789abc"
    ),
    "hw_ipxe_boot": "true",
    "hw_rescue_bus": "usb",
    "hw_rescue_device": "cdrom",
    "hw_rng_model": "virtio",
    "img_bdm_v2": "true",
    "img_bittorrent": "true",
    "img_cache_in_nova": "true",
    "img_compression_level": "9",
    "img_owner_id": "somebody",
    "img_root_device_name": "/dev/xvdz",
    "img_signature": "c2lnbmF0dXJl",
    "img_signature_certificate_uuid": "12345678-1234-1234-1234-123456789abc",
    "img_signature_hash_method": "SHA-256",
    "img_signature_key_type": "RSA-PSS",
    "img_use_agent": "true",
    "img_version": "1",
    "os_skip_agent_inject_files_at_boot": "true",
    "os_skip_agent_inject_ssh": "true",
}
STRUCTURES = {"img_block_device_mapping", "img_mappings"}

# What differs between any two servers.
_OWN = (
    re.compile(r"<metadata>.*?</metadata>", re.S),
    re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    re.compile(r"instance-[0-9a-f]{8}"),
    re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}"),
    re.compile(r"tap[0-9a-f-]{11}"),
)


def described(settings: Settings, server: str) -> str:
    """Return libvirt's configuration of a server, less what is its own."""
    server_id = boot.wait_for_server(settings, server)
    virsh = subprocess.run(
        ("virsh", "dumpxml", "--inactive", server_id),
        env=settings.client_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    text = virsh.stdout
    for pattern in _OWN:
        text = pattern.sub("...", text)
    return text


def test_all_of_them_together_change_nothing(
    cloud: Settings, tmp_path: Path
) -> None:
    """The guest's domain is the same with all of them as with none."""
    assert {*VALUES, *STRUCTURES} == {
        name
        for name, facts in FACTS.items()
        if facts.property_class is PropertyClass.NO_EFFECT
    }
    connection = accounts.connect(cloud)
    variants = {"without-any": {}, "with-all": VALUES, "control": {}}
    variants["control"] = {"hw_watchdog_action": "reset"}
    for name, properties in variants.items():
        image = create_image(connection, name, tmp_path)
        # Now, or Glance would verify the signature as the data comes in.
        connection.image.update_image(image.id, **properties)
        command = boot.create_command(name, name, "tiny", {})
        boot.run(cloud, *command)
    try:
        without = described(cloud, "without-any")
        assert described(cloud, "with-all") == without
        # The comparison does see a property that has an effect.
        assert described(cloud, "control") != without
    finally:
        boot.delete_servers(cloud, set(variants))
        for name in variants:
            connection.delete_image(name, wait=True)
