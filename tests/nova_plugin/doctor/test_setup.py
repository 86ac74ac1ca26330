# SPDX-License-Identifier: Apache-2.0
"""Is overriding switched on, with options and rules that mean something?"""

from __future__ import annotations

from pathlib import Path

import pytest
from nova.api.openstack import wsgi_app
from oslo_upgradecheck.upgradecheck import Code
from packaging.specifiers import SpecifierSet

from image_props_override.nova_plugin.api.microversion import after_novas_last
from image_props_override.nova_plugin.doctor.api_host import files_of_nova_api
from image_props_override.nova_plugin.doctor.installed_nova import (
    check_installed_nova,
    judge_nova,
)
from image_props_override.nova_plugin.doctor.operator_rules import (
    check_nova_conf,
    check_rules_file,
)
from image_props_override.nova_plugin.doctor.paste_lines import (
    check_paste_lines,
)
from image_props_override.nova_plugin.install.paste_file import OPTION
from tests import PROJECT
from tests.nova_plugin.doctor.doctor_host import (
    FACTORIES,
    make_host,
    paste_file_with,
    text_of,
)

RULES_EXAMPLE = PROJECT / "docs" / "examples" / "rules.yaml"


@pytest.mark.parametrize(
    ("sections", "code"),
    [
        (list(FACTORIES), Code.SUCCESS),
        ([], Code.WARNING),
        *(([section], Code.FAILURE) for section in FACTORIES),
        (list(FACTORIES)[1:], Code.FAILURE),
    ],
)
def test_paste_lines(tmp_path: Path, sections: list[str], code: Code) -> None:
    """Exactly the lines that are missing are printed."""
    host = make_host(tmp_path)
    host.paste_file.write_text(paste_file_with(*sections))
    finding = check_paste_lines(host)
    assert finding.code is code
    missing = FACTORIES.keys() - set(sections)
    told = set("\n".join(finding.details).splitlines())
    for section, factory in FACTORIES.items():
        lines = {f"  [{section}]", f"  {OPTION} = {factory}"}
        assert (lines <= told) is (section in missing)
    command = f"  image-props-override paste --apply {host.paste_file}"
    assert (command in told) is bool(missing)


def test_paste_file_missing(tmp_path: Path) -> None:
    """A paste file that cannot be read is a failure with a mend."""
    finding = check_paste_lines(make_host(tmp_path))
    assert finding.code is Code.FAILURE
    assert "--paste-file" in text_of(finding)


@pytest.mark.parametrize(
    "text", ["no section", "[app:x]\n[app:x]\n", "[app:x\n", "[app:x]\n\0\n"]
)
def test_paste_file_invalid(tmp_path: Path, text: str) -> None:
    """A paste file that nova-api cannot load is a failure."""
    host = make_host(tmp_path)
    host.paste_file.write_text(text)
    finding = check_paste_lines(host)
    assert finding.code is Code.FAILURE
    assert str(host.paste_file) in text_of(finding)


def test_paste_file_that_nova_does_not_read(tmp_path: Path) -> None:
    """The option in nova.conf that nova-api does not read is pointed out."""
    other = tmp_path / "other.ini"
    other.touch()
    host = make_host(tmp_path, others=f"[wsgi]\napi_paste_config = {other}")
    host.paste_file.write_text(paste_file_with(*FACTORIES))
    finding = check_paste_lines(host)
    assert finding.code is Code.SUCCESS
    assert str(other) in text_of(finding)


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"OS_NOVA_CONFIG_DIR": "/srv/nova"},
        {"OS_NOVA_CONFIG_FILES": "paste.ini;a.conf;/b.conf"},
        {"OS_NOVA_CONFIG_DIR": " /srv ", "OS_NOVA_CONFIG_FILES": ""},
    ],
)
def test_files_of_nova_api(environment: dict[str, str]) -> None:
    """The doctor looks where nova-api looks."""
    ours = [str(file) for file in files_of_nova_api(environment)]
    assert ours == wsgi_app._get_config_files(environment)


def test_installed_nova(tmp_path: Path) -> None:
    """The Nova that the tests run with is one that is tried."""
    finding = check_installed_nova(make_host(tmp_path))
    assert finding.code is Code.SUCCESS
    assert str(after_novas_last()) in text_of(finding)


@pytest.mark.parametrize(
    ("nova_version", "properties", "code", "told"),
    [
        ("34.0.0", ["os_distro"], Code.SUCCESS, "34.0.0"),
        ("34.1.0.dev7", ["os_distro"], Code.SUCCESS, "34.1.0.dev7"),
        ("35.0.0", ["os_distro"], Code.WARNING, "Install the version"),
        ("35.0.0.0rc1", ["os_distro"], Code.WARNING, "Install the version"),
        ("28.0.0", ["os_distro"], Code.WARNING, "Install the version"),
        ("34.0.0", ["os_distro", "hw_new"], Code.WARNING, "these: hw_new."),
    ],
)
def test_other_novas(
    nova_version: str, properties: list[str], code: Code, told: str
) -> None:
    """Releases and properties that nobody has looked at are warned of."""
    finding = judge_nova(nova_version, properties, SpecifierSet(">=34,<35"))
    assert finding.code is code
    assert told in text_of(finding)


@pytest.mark.parametrize(
    ("section", "told"),
    [
        ("", None),
        ("allow = hw_*, architecture, trait:*\ndeny = hw_numa_cpus.0", None),
        ("allow = *, hw_video_rom", "allow: hw_video_rom"),
        ("deny = hv_*", "deny: hv_*"),
        ("denny = trait:*", "has no option denny"),
        ("protect-isolation = true", "has no option protect-isolation"),
    ],
)
def test_nova_conf(tmp_path: Path, section: str, told: str | None) -> None:
    """Lines without effect are warned of."""
    finding = check_nova_conf(make_host(tmp_path, section))
    assert finding.code is (Code.WARNING if told else Code.SUCCESS)
    assert told is None or told in text_of(finding)


def test_nova_conf_in_a_folder(tmp_path: Path) -> None:
    """Files of --config-dir are looked through as well."""
    folder = tmp_path / "nova.conf.d"
    folder.mkdir()
    (folder / "10.conf").write_text("[Image_Props_Override]\nalow = a\n")
    host = make_host(tmp_path)
    host.conf(["--config-dir", str(folder)], project="nova")
    assert "10.conf: [image_props_override] has no option alow" in text_of(
        check_nova_conf(host)
    )


@pytest.mark.parametrize(
    ("text", "code", "told"),
    [
        (RULES_EXAMPLE.read_text(), Code.SUCCESS, "rules: "),
        (
            "rules: [{properties: [hw_video_rom, 'hw_*'], action: deny}]",
            Code.WARNING,
            "rule 1: hw_video_rom",
        ),
    ],
)
def test_rules_file(tmp_path: Path, text: str, code: Code, told: str) -> None:
    """Rules about no property are warned of."""
    file = tmp_path / "rules.yaml"
    file.write_text(text)
    finding = check_rules_file(make_host(tmp_path, f"rules_file = {file}"))
    assert finding.code is code
    assert told in text_of(finding)
