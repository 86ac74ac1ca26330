# SPDX-License-Identifier: Apache-2.0
"""Does ``api-paste.ini`` switch overriding on?"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from oslo_upgradecheck.upgradecheck import Code

from image_props_override.nova_plugin.doctor.api_host import ApiHost
from image_props_override.nova_plugin.doctor.findings import Finding
from image_props_override.nova_plugin.install.paste_file import (
    OPTION,
    FactoryLine,
    PasteFileError,
    factory_lines,
)


def check_paste_lines(host: ApiHost) -> Finding:
    """Return whether the paste file names our factories, and all of them."""
    file = host.paste_file
    try:
        lines = factory_lines(file.read_bytes())
    except OSError as error:
        return Finding(
            Code.FAILURE,
            (
                f"The paste file cannot be read: {error}",
                "Name the one that nova-api loads with --paste-file, or set "
                "OS_NOVA_CONFIG_DIR and OS_NOVA_CONFIG_FILES as nova-api has "
                "them.",
            ),
        )
    except PasteFileError as error:
        return Finding(Code.FAILURE, (f"{file}: {error}",))
    finding = _finding(file, lines)
    return Finding(finding.code, finding.details + _unread_file(host))


def _finding(file: Path, lines: Sequence[FactoryLine]) -> Finding:
    missing = [line for line in lines if not line.is_ours]
    if not missing:
        return Finding(Code.SUCCESS, (f"{file}: switched on",))
    mend = (
        "To switch it on, run this and restart nova-api:",
        f"  image-props-override paste --apply {file}",
        f"It replaces Nova's {OPTION} in these sections:",
        "\n".join(
            f"  [{line.section}]\n  {OPTION} = {line.ours}" for line in missing
        ),
    )
    if len(missing) == len(lines):
        return Finding(Code.WARNING, (f"{file}: switched off", *mend))
    return Finding(
        Code.FAILURE,
        (
            f"{file}: {len(missing)} of {len(lines)} lines are missing, so "
            "nova-api does not do what its version documents say.",
            *mend,
        ),
    )


def _unread_file(host: ApiHost) -> tuple[str, ...]:
    named = host.conf.find_file(host.conf.wsgi.api_paste_config)
    if named is None or Path(named).resolve() == host.paste_file.resolve():
        return ()
    return (
        f"nova.conf [wsgi] api_paste_config names {named}, which is not the "
        "file that was checked: under a WSGI server, nova-api does not read "
        "that option.",
    )
