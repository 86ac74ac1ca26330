# SPDX-License-Identifier: Apache-2.0
"""What Tempest loads: the entry point ``tempest.test_plugins``."""

from pathlib import Path
from typing import Any, Final

from oslo_config import cfg
from tempest import config as tempest_config
from tempest.test_discover import plugins

from image_props_override.tempest_plugin import config

_HERE: Final = Path(__file__).resolve().parent


class ImagePropsOverrideTempestPlugin(plugins.TempestPlugin):
    """Tests that override image properties, and look inside the guests."""

    def load_tests(self) -> tuple[str, str]:
        """Return the folder of the tests, and that of the top package."""
        return str(_HERE / "tests"), str(_HERE.parent.parent)

    def register_opts(self, conf: cfg.ConfigOpts) -> None:
        """Add the plug-in's options to Tempest's."""
        tempest_config.register_opt_group(
            conf, config.GROUP, list(config.OPTIONS)
        )
        conf.register_opt(config.SERVICE_OPTION, group="service_available")

    def get_opt_lists(self) -> list[tuple[str, list[cfg.Opt]]]:
        """Return the options for samples of ``tempest.conf``."""
        return config.list_opts()

    def get_service_clients(self) -> list[dict[str, Any]]:
        """Return none: our clients need a microversion that tests learn."""
        return []
