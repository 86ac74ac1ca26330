# SPDX-License-Identifier: Apache-2.0
"""What an operator would write into Horizon's local_settings.py."""

import os
from pathlib import Path

from horizon.utils import secret_key

_FOLDER = Path(os.environ["DASHBOARD_FOLDER"])
DEBUG = False
COMPRESS_OFFLINE = True
ALLOWED_HOSTS = ["127.0.0.1"]
SECRET_KEY = secret_key.generate_or_read_from_file(str(_FOLDER / "secret"))
STATIC_ROOT = str(_FOLDER / "static")
OPENSTACK_KEYSTONE_URL = os.environ["DASHBOARD_KEYSTONE_URL"]
SESSION_ENGINE = "django.contrib.sessions.backends.cache"
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}
AVAILABLE_THEMES = [("default", "Default", "themes/default")]
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
