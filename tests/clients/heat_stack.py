# SPDX-License-Identifier: Apache-2.0
"""Runs stacks in Heat's own engine, in a process of Heat's own.

Nova and Heat cannot share a process: both own its one set of options.

Usage: python -m tests.clients.heat_stack AUTH_URL PROJECT_ID

Each line of its input is a command: JSON with the name of a stack; with a
template and an environment, the stack is created or updated to them. The
answer to each is a line of JSON with the stack's state and the reason of that,
the id of its server and the overrides that this resource tells.
"""

import json
import sys
from typing import Any

from heat.common import config, exception, messaging, template_format
from heat.common import context as heat_context
from heat.db import api as database
from heat.db import models
from heat.engine import environment as heat_environment
from heat.engine import resources, stack
from heat.engine import template as heat_template
from oslo_config import cfg
from oslo_db import options
from oslo_log import log

import image_props_override.heat_plugin
from image_props_override.core.override_request import KEY


def main(auth_url: str, project_id: str) -> None:
    """Do what the lines of the input say."""
    _configure()
    stacks: dict[str, str] = {}
    for line in sys.stdin:
        # As for each request of Heat's API.
        context = heat_context.RequestContext(
            auth_url=auth_url,
            username="admin",
            password="any",
            project_id=project_id,
            user_domain_id="default",
            project_domain_id="default",
            roles=["admin", "member"],
            is_admin=False,
        )
        print(json.dumps(_do(context, stacks, **json.loads(line))), flush=True)


def _do(
    context: Any,
    stacks: dict[str, str],
    name: str,
    template: str | None = None,
    environment: str = "",
) -> dict[str, Any]:
    """Do one command.

    Args:
        context: Whose stacks they are.
        stacks: Names to ids; a new stack is added.
        name: The stack's.
        template: What it shall be; None leaves it as it is.
        environment: What goes with the template.
    """
    if template is not None:
        parsed = heat_template.Template(
            template_format.parse(template),
            env=heat_environment.Environment(
                template_format.simple_parse(environment)
            ),
        )
        wanted = stack.Stack(context, name, parsed)
        try:
            wanted.validate()
        except exception.StackValidationFailed as error:
            return {"state": "REFUSED", "reason": str(error)}
        if name in stacks:
            changed = stack.Stack.load(context, stack_id=stacks[name])
            changed.update(wanted)
        else:
            changed = wanted
            stacks[name] = changed.store()
            changed.create()
        # Heat's service does so when its thread ends, and loads the stack
        # anew for each call.
        changed.persist_state_and_release_lock("engine")
    current = stack.Stack.load(context, stack_id=stacks[name])
    return {
        "state": "_".join(current.state),
        "reason": current.status_reason,
        KEY: current["server"].FnGetAtt(KEY),
        "server": current["server"].resource_id,
    }


def _configure() -> None:
    options.set_defaults(cfg.CONF, connection="sqlite://")
    log.register_options(cfg.CONF)
    cfg.CONF([], project="heat", default_config_files=[])
    config.set_config_defaults()
    cfg.CONF.set_override(
        "plugin_dirs", [image_props_override.heat_plugin.__path__[0]]
    )
    cfg.CONF.set_override("deferred_auth_method", "password")
    # For the user data; the catalogue has no Heat.
    cfg.CONF.set_override("heat_metadata_server_url", "http://heat.invalid")
    messaging.setup("fake://", optional=True)
    models.BASE.metadata.create_all(database.get_engine())
    resources.initialise()


if __name__ == "__main__":
    main(*sys.argv[1:])
