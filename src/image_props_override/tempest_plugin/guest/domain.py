# SPDX-License-Identifier: Apache-2.0
"""Reads what libvirt says of a guest: its domain XML."""

from __future__ import annotations

import subprocess
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from typing import Final

from image_props_override.tempest_plugin.guest import GuestError

_LONGEST_ANSWER_SECONDS: Final = 60


class DomainError(GuestError):
    """libvirt does not describe the guest."""


@dataclass(frozen=True)
class Domain:
    """A libvirt domain, by its description.

    https://libvirt.org/formatdomain.html explains each element.
    """

    root: ElementTree.Element

    @classmethod
    def of(cls, xml: str) -> Domain:
        """Return the domain that `xml`, from ``virsh dumpxml``, describes."""
        return cls(ElementTree.fromstring(xml))

    def attribute(self, path: str, name: str) -> str | None:
        """Return an attribute of the first element at `path`.

        None if there is no such element, or it lacks the attribute.

        Args:
            path: In ElementTree's subset of XPath, from ``<domain>`` on.
            name: The attribute's.
        """
        element = self.root.find(path)
        return None if element is None else element.get(name)


def running_domain(libvirt_uri: str, server_id: str) -> Domain:
    """Return the domain of a running server; Nova gives both one UUID.

    Args:
        libvirt_uri: Of the libvirtd on the server's host.
        server_id: The server's.

    Raises:
        DomainError: ``virsh`` is missing, or libvirt has no such domain, or
            does not answer.
    """
    command = ("virsh", "--quiet", "-c", libvirt_uri, "dumpxml", server_id)
    try:
        result = subprocess.run(
            command,
            # ssh, and libvirt itself, would ask for a password there.
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=_LONGEST_ANSWER_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise DomainError(f"{' '.join(command)}: {error}") from error
    if result.returncode:
        raise DomainError(f"{' '.join(command)}: {result.stderr.strip()}")
    return Domain.of(result.stdout)
