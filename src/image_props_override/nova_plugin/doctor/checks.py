# SPDX-License-Identifier: Apache-2.0
"""The list of checks, and how they are run."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping

from oslo_config import cfg
from oslo_upgradecheck.upgradecheck import Code

from image_props_override.core.rules.property_protections import (
    ProtectionFileError,
)
from image_props_override.nova_plugin.doctor.api_host import ApiHost
from image_props_override.nova_plugin.doctor.findings import (
    CheckResult,
    Finding,
)
from image_props_override.nova_plugin.doctor.installed_nova import (
    check_installed_nova,
)
from image_props_override.nova_plugin.doctor.isolation import check_isolation
from image_props_override.nova_plugin.doctor.operator_rules import (
    check_nova_conf,
    check_rules_file,
)
from image_props_override.nova_plugin.doctor.paste_lines import (
    check_paste_lines,
)
from image_props_override.nova_plugin.doctor.protections import (
    check_protections,
)
from image_props_override.nova_plugin.doctor.services import check_services
from image_props_override.nova_plugin.rules.yaml_file import RulesFileError

Check = Callable[[ApiHost], Finding]

# The operator can mend these, whichever check meets them first.
_UNUSABLE = (cfg.Error, RulesFileError, ProtectionFileError)


def _check_services(host: ApiHost) -> Finding:
    return check_services(host.read_services, host.section.require_services)


CHECKS: Mapping[str, Check] = {
    "Lines of api-paste.ini": check_paste_lines,
    "Installed Nova": check_installed_nova,
    "Options in nova.conf": check_nova_conf,
    "Rules file": check_rules_file,
    "Property protections of Glance": check_protections,
    "Isolation of hosts": check_isolation,
    "Rebuild and rescue": _check_services,
}


def run_checks(
    host: ApiHost, checks: Mapping[str, Check] = CHECKS
) -> list[CheckResult]:
    """Return what each check finds; one that fails hides no other.

    What several cannot use is reported once.
    """
    results: list[CheckResult] = []
    told: dict[Finding, str] = {}
    for name, check in checks.items():
        result = _run(name, check, host)
        first = told.setdefault(result.finding, name)
        if first != name and result.finding.code is Code.FAILURE:
            details = (f"Not checked, because of '{first}' above",)
            result = CheckResult(name, Finding(Code.FAILURE, details))
        results.append(result)
    return results


def _run(name: str, check: Check, host: ApiHost) -> CheckResult:
    try:
        return CheckResult(name, check(host))
    except _UNUSABLE as error:
        reason = " ".join(str(error).split())
        details = (f"nova-api cannot use this: {reason}",)
        return CheckResult(name, Finding(Code.FAILURE, details))
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        # Without its message, which may tell passwords.
        details = (
            f"The check itself failed: {type(error).__name__} at "
            f"{place.filename}:{place.lineno}. Please report it.",
        )
        return CheckResult(name, Finding(Code.FAILURE, details), True)
