# SPDX-License-Identifier: Apache-2.0
"""Does ``api-paste.ini`` switch overriding on?"""

from __future__ import annotations

import configparser
from collections.abc import Iterable
from pathlib import Path

from oslo_upgradecheck.upgradecheck import Code

from image_props_override.nova_plugin import wsgi
from image_props_override.nova_plugin.doctor.api_host import ApiHost
from image_props_override.nova_plugin.doctor.findings import Finding

OPTION = "paste.app_factory"
FACTORIES = {
    section: f"{wsgi.__name__}:{factory.__name__}"
    for section, factory in (
        ("app:osapi_compute_app_v21", wsgi.compute_app),
        ("app:oscomputeversionapp", wsgi.versions_app),
        ("app:oscomputeversionapp_v2", wsgi.version_app),
    )
}


def check_paste_lines(host: ApiHost) -> Finding:
    """Return whether all three of our lines are in the paste file."""
    file = host.paste_file
    # As nova-api reads it: a section or option that stands twice is refused.
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(file.read_text(), str(file))
    except (OSError, UnicodeDecodeError) as error:
        return Finding(
            Code.FAILURE,
            (
                f"The paste file cannot be read: {error}",
                "Name the one that nova-api loads with --paste-file, or set "
                "OS_NOVA_CONFIG_DIR and OS_NOVA_CONFIG_FILES as nova-api has "
                "them.",
            ),
        )
    except configparser.Error as error:
        reason = " ".join(str(error).split())
        return Finding(
            Code.FAILURE, (f"{file}: nova-api cannot load it: {reason}",)
        )
    missing = [
        section
        for section, factory in FACTORIES.items()
        if parser.get(section, OPTION, fallback=None) != factory
    ]
    finding = _finding(file, missing)
    return Finding(finding.code, finding.details + _unread_file(host))


def _finding(file: Path, missing: list[str]) -> Finding:
    if not missing:
        return Finding(Code.SUCCESS, (f"{file}: switched on",))
    if len(missing) == len(FACTORIES):
        return Finding(
            Code.WARNING,
            (
                f"{file}: switched off. To switch it on, put these lines in "
                f"the place of Nova's {OPTION}, and restart nova-api:",
                _lines(missing),
            ),
        )
    return Finding(
        Code.FAILURE,
        (
            f"{file}: {len(missing)} of {len(FACTORIES)} lines are missing, "
            "so nova-api does not do what its version documents say. Put "
            f"these in the place of {OPTION}, and restart nova-api:",
            _lines(missing),
        ),
    )


def _lines(sections: Iterable[str]) -> str:
    return "\n".join(
        f"  [{section}]\n  {OPTION} = {FACTORIES[section]}"
        for section in sections
    )


def _unread_file(host: ApiHost) -> tuple[str, ...]:
    named = host.conf.find_file(host.conf.wsgi.api_paste_config)
    if named is None or Path(named).resolve() == host.paste_file.resolve():
        return ()
    return (
        f"nova.conf [wsgi] api_paste_config leads to {named}, which is not "
        "the file that was looked at: under a WSGI server, nova-api does not "
        "read that option.",
    )
