# SPDX-License-Identifier: Apache-2.0
"""Runs a stack in Heat's own engine, in a process of Heat's own.

Nova and Heat cannot share a process: both own its one set of options.

Usage: python -m tests.clients.heat_stack AUTH_URL PROJECT_ID ENVIRONMENT
       TEMPLATE ...

The stack is created from the first template, and updated to each of the
others. Prints a line for each: JSON with its state and the reason of that,
the id of its server and the overrides that this resource tells.
"""

import json
import sys
from pathlib import Path
from typing import Any

from heat.common import config, exception, messaging, template_format
from heat.common import context as heat_context
from heat.db import api as database
from heat.db import models
from heat.engine import environment, resources, stack, template
from oslo_config import cfg
from oslo_db import options
from oslo_log import log

import image_props_override.heat_plugin
from image_props_override.core.override_request import KEY


def main(
    auth_url: str, project_id: str, environment_file: str, *templates: str
) -> None:
    """Create a stack and update it."""
    _configure()
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
    environment_text = Path(environment_file).read_text()
    current: Any = None
    for file in templates:
        parsed = template.Template(
            template_format.parse(Path(file).read_text()),
            env=environment.Environment(
                template_format.simple_parse(environment_text)
            ),
        )
        wanted = stack.Stack(context, "tried", parsed)
        try:
            wanted.validate()
        except exception.StackValidationFailed as error:
            print(json.dumps({"state": "REFUSED", "reason": str(error)}))
            continue
        if current is None:
            current = wanted
            current.store()
            current.create()
        else:
            current.update(wanted)
        # Heat's service does so when its thread ends, and loads the stack
        # anew for each call.
        current.persist_state_and_release_lock("engine")
        current = stack.Stack.load(context, stack_id=current.id)
        print(
            json.dumps(
                {
                    "state": "_".join(current.state),
                    "reason": current.status_reason,
                    KEY: current["server"].FnGetAtt(KEY),
                    "server": current["server"].resource_id,
                }
            ),
            flush=True,
        )


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
