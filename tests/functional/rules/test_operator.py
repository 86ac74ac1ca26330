# SPDX-License-Identifier: Apache-2.0
"""What an operator sets is in force, or nova-api does not start."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from image_props_override.core.rules.property_protections import (
    ProtectionFileError,
)
from image_props_override.nova_plugin.rules import policies
from image_props_override.nova_plugin.rules.yaml_file import RulesFileError
from tests import PROJECT
from tests.functional.nova_in_process import OURS, NovaInProcess

CATALOGUE_PATH = "/v2.1/os-image-props-override"
EXAMPLES = PROJECT / "docs" / "examples"


def create(
    nova: NovaInProcess, overrides: dict[str, str | None], roles: str
) -> Any:
    """Return the answer to a create request by a caller with roles."""
    return nova.request(
        "POST",
        "/v2.1/servers",
        OURS,
        headers={"X-Roles": roles},
        json=nova.body(overrides, imageRef=nova.image_with(os_distro="x")),
    )


def wait_for(nova: NovaInProcess, answer: Any) -> None:
    """Let the server that was created be built."""
    assert answer.status_code == 202, answer.text
    nova._wait_for_state_change(answer.json()["server"], "ACTIVE")


@pytest.mark.usefixtures("new_defaults")
@pytest.mark.parametrize(
    ("roles", "status"),
    [("member,reader", 202), ("reader", 403), ("other", 403)],
)
def test_create_policy(nova: NovaInProcess, roles: str, status: int) -> None:
    """By default members of the project may override."""
    answer = create(nova, {"hw_boot_menu": "true"}, roles)
    assert answer.status_code == status, answer.text
    if status == 202:
        wait_for(nova, answer)


@pytest.mark.usefixtures("new_defaults")
@pytest.mark.parametrize(
    ("roles", "status"), [("reader", 200), ("other", 403)]
)
def test_catalogue_policy(
    nova: NovaInProcess, roles: str, status: int
) -> None:
    """By default readers of the project may list the catalogue."""
    answer = nova.request(
        "GET", CATALOGUE_PATH, OURS, headers={"X-Roles": roles}
    )
    assert answer.status_code == status, answer.text


def test_policy_file(nova: NovaInProcess) -> None:
    """Nova's own policy file sets our rules."""
    nova.policy.set_rules({policies.CREATE: "role:installer"}, overwrite=False)
    try:
        refused = create(nova, {"hw_boot_menu": "true"}, "member,reader")
        assert refused.status_code == 403
        assert policies.CREATE in refused.text
        allowed = create(
            nova, {"hw_boot_menu": "true"}, "member,reader,installer"
        )
        wait_for(nova, allowed)
        # Who does not override is not asked.
        wait_for(nova, create(nova, {}, "member,reader,installer"))
    finally:
        nova.policy.set_rules(
            {policies.CREATE: "rule:project_member_or_admin"}, overwrite=False
        )


def test_catalogue_is_the_caller_s(nova: NovaInProcess) -> None:
    """The catalogue tells each caller what the rules let this caller do."""

    def allowed(roles: str) -> bool:
        answer = nova.request(
            "GET", CATALOGUE_PATH, OURS, headers={"X-Roles": roles}
        )
        return next(
            bool(each["allowed"])
            for each in answer.json()["properties"]
            if each["name"] == "traits_required"
        )

    with nova.configured(rules_file=str(EXAMPLES / "rules.yaml")):
        assert not allowed("member,reader")
        assert allowed("member,reader,licence-admin")


PROTECTIONS = str(EXAMPLES / "property-protections.conf")


@pytest.mark.parametrize(
    ("overrides", "roles", "status"),
    [
        ({"os_distro": "debian"}, "member,reader", 403),
        ({"vmware_ostype": "debian"}, "member,reader", 403),
        ({"os_distro": None}, "member,reader", 403),
        ({"os_distro": "debian"}, "member,reader,Admin", 202),
        ({"os_distro": None}, "member,reader,admin", 202),
        ({"hw_disk_bus": "scsi"}, "member,reader", 202),
    ],
)
def test_example_protections(
    nova: NovaInProcess,
    overrides: dict[str, str | None],
    roles: str,
    status: int,
) -> None:
    """The admin guide's protections hold, and say which section refuses."""
    with nova.configured(property_protection_file=PROTECTIONS):
        answer = create(nova, overrides, roles)
        assert answer.status_code == status, answer.text
        if status == 202:
            wait_for(nova, answer)
        else:
            message = answer.json()["forbidden"]["message"]
            assert f"{PROTECTIONS}, section [^os_distro$]" in message


def test_hidden_properties(nova: NovaInProcess, tmp_path: Path) -> None:
    """What the caller may not read does not exist: setting it creates it."""
    path = tmp_path / "protections.conf"
    path.write_text(
        "[^os_distro$]\ncreate = admin\nread = admin\nupdate = @\n"
        "delete = @\n[.*]\ncreate = @\nread = @\nupdate = @\ndelete = @\n"
    )
    with nova.configured(property_protection_file=str(path)):
        refused = create(nova, {"os_distro": "debian"}, "member,reader")
        assert refused.status_code == 403
        assert "create of os_distro" in refused.text
        # A property that is hidden and not touched is nobody's business.
        wait_for(nova, create(nova, {"hw_boot_menu": "yes"}, "member,reader"))


def test_policies_format(nova: NovaInProcess, tmp_path: Path) -> None:
    """Protections in the policies format ask a copy of Glance's policies."""
    protections = tmp_path / "protections.conf"
    protections.write_text(
        "[.*]\ncreate = may_tailor\nread = @\nupdate = may_tailor\n"
        "delete = unknown_rule\n"
    )
    policy = tmp_path / "policy.yaml"
    policy.write_text('"may_tailor": "role:tailor"\n')
    with nova.configured(
        property_protection_file=str(protections),
        property_protection_rule_format="policies",
        property_protection_policy_file=str(policy),
    ):
        overrides: dict[str, str | None] = {"hw_boot_menu": "true"}
        refused = create(nova, overrides, "member,reader")
        assert refused.status_code == 403
        assert "may_tailor" in refused.text
        wait_for(nova, create(nova, overrides, "member,reader,tailor"))
        removal = create(nova, {"os_distro": None}, "member,reader,tailor")
        assert removal.status_code == 403


BROKEN = {
    "rules file": (
        {"rules_file": "{folder}/broken"},
        RulesFileError,
    ),
    "missing rules file": ({"rules_file": "{folder}/no"}, RulesFileError),
    "protections": (
        {"property_protection_file": "{folder}/broken"},
        ProtectionFileError,
    ),
    "missing protections": (
        {"property_protection_file": "{folder}/no"},
        ProtectionFileError,
    ),
    "policies that are no mapping": (
        {
            "property_protection_file": "{folder}/policies.conf",
            "property_protection_rule_format": "policies",
            "property_protection_policy_file": "{folder}/list.yaml",
        },
        ProtectionFileError,
    ),
    "policies without their file": (
        {
            "property_protection_file": PROTECTIONS,
            "property_protection_rule_format": "policies",
        },
        ProtectionFileError,
    ),
}


@pytest.mark.parametrize(("chosen", "error"), BROKEN.values(), ids=BROKEN)
def test_broken_files_stop_the_service(
    nova: NovaInProcess,
    tmp_path: Path,
    chosen: dict[str, str],
    error: type[Exception],
) -> None:
    """With a file that cannot be used, nova-api does not start."""
    (tmp_path / "broken").write_text("[section\nnonsense")
    (tmp_path / "list.yaml").write_text("- a")
    (tmp_path / "policies.conf").write_text(
        "[.*]\ncreate = a\nread = @\nupdate = a\ndelete = a\n"
    )
    options = {
        name: value.format(folder=tmp_path) for name, value in chosen.items()
    }
    with pytest.raises(error), nova.configured(**options):
        pass
