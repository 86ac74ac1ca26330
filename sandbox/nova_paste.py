# SPDX-License-Identifier: Apache-2.0
"""Nova's own api-paste.ini, and ours; runs on the Pythons of old releases."""

from __future__ import annotations

import importlib.metadata
from pathlib import Path

from image_props_override.nova_plugin.install.paste_file import (
    with_our_factories,
)
from sandbox.errors import SandboxError


def write_nova_paste(target: Path, *, extension: bool) -> None:
    """Write Nova's own paste file, or that with overriding switched on.

    A file that somebody has changed since stays as it is, so that you can
    practise on it. A copy beside it shows what was written.

    Args:
        target: The file to write.
        extension: Whether to do what `image-props-override paste` does.

    Raises:
        SandboxError: Nova is not installed.
    """
    paste = packaged_file("nova", "api-paste.ini").read_bytes()
    copy = target.with_name(f"{target.name}.written")
    if (
        target.exists()
        and copy.exists()
        and target.read_bytes() != copy.read_bytes()
    ):
        return
    for file in (target, copy):
        file.write_bytes(with_our_factories(paste) if extension else paste)


def packaged_file(distribution: str, name: str) -> Path:
    """Where pip put a configuration file of an installed package.

    Raises:
        SandboxError: The package or the file is not installed.
    """
    try:
        files = importlib.metadata.files(distribution) or []
    except importlib.metadata.PackageNotFoundError:
        files = []
    for file in files:
        if file.name == name and "etc" in file.parts:
            return Path(str(file.locate())).resolve()
    raise SandboxError(
        f"{name} of package {distribution} is not installed:"
        " run sandbox/install"
    )
