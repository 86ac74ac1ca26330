# SPDX-License-Identifier: Apache-2.0
"""Reads what libvirt says of a guest: its domain XML."""

import subprocess
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass

from sandbox.errors import SandboxError
from sandbox.settings import Settings


@dataclass(frozen=True)
class Domain:
    """A libvirt domain, by its description.

    https://libvirt.org/formatdomain.html explains each element.
    """

    root: ElementTree.Element

    @classmethod
    def of(cls, xml: str) -> "Domain":
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


def running_domain(settings: Settings, server_id: str) -> Domain:
    """Return the domain of a running server; Nova gives both one UUID.

    Raises:
        SandboxError: libvirt has no such domain, or does not answer.
    """
    environment = settings.client_environment()
    command = ("virsh", "--quiet", "dumpxml", server_id)
    result = subprocess.run(
        command,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        raise SandboxError(f"{' '.join(command)}: {result.stderr.strip()}")
    return Domain.of(result.stdout)
