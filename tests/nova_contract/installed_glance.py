# SPDX-License-Identifier: Apache-2.0
"""The installed Glance's property protections, asked as Glance asks them.

Its ``PropertyRules``, its policy enforcer with a policy file, and its context
as its middleware makes it of the headers of a request.
"""

from __future__ import annotations

import configparser
import copy
import itertools
from pathlib import Path
from typing import Any

import pytest
import webob
from oslo_config import cfg
from oslo_policy import policy as oslo_policy

from image_props_override.core.rules.property_protections import (
    Operation,
    RuleFormat,
)

# Glance 30 and older read options while they are imported.
cfg.CONF([], default_config_files=[], default_config_dirs=[])
from glance.api import policy as glance_policy  # noqa: E402
from glance.api.middleware import context as glance_middleware  # noqa: E402
from glance.common import property_utils  # noqa: E402

cfg.CONF.reset()

# Not imported: glance.tests writes a log file into the current folder.
SAMPLES = Path(property_utils.__file__).parents[1] / "tests" / "etc"

# Whether Glance drops the file's sections of its own names and puts one that
# lets everyone do everything; if not, its answers for them differ from ours.
KEEPS_ITS_OWN = hasattr(
    property_utils.PropertyRules, "_inject_os_glance_section"
)

# What an operator may write in Glance's policy.yaml. "default", which
# Glance itself defines, lets everyone pass policies that do not exist.
POLICY_FILE = """\
"glance_creator": "role:creator"
"licence": "role:licence or role:admin"
"nested": "rule:licence and not role:reader"
"open": "@"
"closed": "!"
"context_is_admin": "role:admin"
"""

# What stands in X-Roles and in X-Service-Roles.
CALLERS = [
    ("", ""),
    ("member", ""),
    ("ADMIN,member", ""),
    ("admin", ""),
    ("creator,reader", ""),
    ("Licence", ""),
    ("licence,reader", ""),
    ("member", "service,admin"),
    ("@", ""),
    ("#admin,admin ; licence", ""),
]

Answers = dict[tuple[str, str, tuple[str, str]], bool]


class Glance:
    """The installed Glance's checker, with options and files of its own."""

    def __init__(self, folder: Path) -> None:
        """Configure Glance with a policy file in the folder."""
        self._protection_file = folder / "protections.conf"
        policy_file = folder / "policy.yaml"
        policy_file.write_text(POLICY_FILE)
        # Not the options of the process, which Nova uses.
        self._conf = cfg.ConfigOpts()
        self._conf([], default_config_files=[], default_config_dirs=[])
        self._conf.register_opts(property_utils.property_opts)
        self._conf.register_opts(glance_middleware.context_opts)
        with pytest.MonkeyPatch.context() as patch:
            self._use_own_options(patch)
            oslo_policy.Enforcer(self._conf)  # registers its options
            self._conf.set_override(
                "policy_file", str(policy_file), "oslo_policy"
            )
            # Without sections of a protection file among its rules.
            self._enforcer = glance_policy.Enforcer()
            middleware = glance_middleware.ContextMiddleware(None)
            self._contexts = {
                caller: _context(middleware, caller) for caller in CALLERS
            }
        self._passes: dict[tuple[str, tuple[str, str]], bool] = {}

    def answers(
        self, text: str, rule_format: RuleFormat, names: list[str]
    ) -> Answers | None:
        """Return what Glance answers, or None if it refuses the file."""
        self._protection_file.write_text(text)
        self._conf.set_override(
            "property_protection_file", str(self._protection_file)
        )
        self._conf.set_override(
            "property_protection_rule_format", rule_format.value
        )
        with pytest.MonkeyPatch.context() as patch:
            self._use_own_options(patch)
            # It keeps the sections of the files that it has read.
            patch.setattr(
                property_utils, "CONFIG", configparser.ConfigParser()
            )
            enforcer = (
                glance_policy.Enforcer()
                if rule_format is RuleFormat.POLICIES
                else self._enforcer
            )
            try:
                rules = property_utils.PropertyRules(enforcer)
            # Glance's service ends with whatever is raised here.
            except Exception:
                return None
            return {
                (name, operation.value, caller): bool(
                    rules.check_property_rules(name, operation.value, context)
                )
                for name, operation, (caller, context) in itertools.product(
                    names, Operation, self._contexts.items()
                )
            }

    def roles(self, caller: tuple[str, str]) -> list[str]:
        """Return the roles that Glance's context has, service's included."""
        context = self._contexts[caller]
        return [*context.roles, *context.service_roles]

    def passes_policy(self, caller: tuple[str, str], name: str) -> bool:
        """Return what the plug-in hands to the core as ``policy_check``."""
        key = (name, caller)
        if key not in self._passes:
            context = copy.copy(self._contexts[caller])
            # Glance's checker makes the service's roles the caller's.
            context.roles = self.roles(caller)
            rule = oslo_policy.RuleCheck("rule", name)
            self._passes[key] = bool(
                oslo_policy.Enforcer.enforce(self._enforcer, rule, {}, context)
            )
        return self._passes[key]

    def _use_own_options(self, patch: pytest.MonkeyPatch) -> None:
        for module in (property_utils, glance_policy, glance_middleware):
            patch.setattr(module, "CONF", self._conf)


def _context(
    middleware: glance_middleware.ContextMiddleware, caller: tuple[str, str]
) -> Any:
    """Return the context that Glance makes of a request's headers."""
    roles, service_roles = caller
    request = webob.Request.blank(
        "/",
        headers={
            "X-Identity-Status": "Confirmed",
            "X-Roles": roles,
            "X-Service-Roles": service_roles,
        },
    )
    return middleware._get_authenticated_context(request)
