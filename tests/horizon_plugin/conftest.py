# SPDX-License-Identifier: Apache-2.0
"""Horizon itself, in this process, and a user who has logged in.

`make test` runs these tests in `.venv-dashboard`; they are not collected where
there is no Horizon.
"""

from __future__ import annotations

import importlib.util
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any

import pytest

from tests.horizon_plugin.recorded_nova import (
    MICROVERSION,
    RecordedNova,
    recorded_nova,
)

HAS_HORIZON = importlib.util.find_spec("openstack_dashboard") is not None
collect_ignore_glob = [] if HAS_HORIZON else ["test_*.py"]


def pytest_configure() -> None:
    """Set up Django with the settings of the sandbox's dashboard."""
    if not HAS_HORIZON:
        return
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "sandbox.runtime.dashboard_settings",
        "DASHBOARD_FOLDER": tempfile.mkdtemp(prefix="horizon-test-"),
        "DASHBOARD_KEYSTONE_URL": "http://127.0.0.1:1/v3",
        "DASHBOARD_PLUGIN": "1",
    }
    import django

    django.setup()


def pytest_unconfigure() -> None:
    """Remove the folder of Horizon's secret key."""
    if HAS_HORIZON:
        import shutil

        shutil.rmtree(os.environ["DASHBOARD_FOLDER"])


@pytest.fixture
def nova() -> Iterator[RecordedNova]:
    """A compute service with the feature, and nothing to override."""
    with recorded_nova() as found:
        found.answers["GET", "/os-image-props-override"] = (
            200,
            {"microversion": MICROVERSION, "properties": []},
        )
        yield found


@pytest.fixture
def make_request(nova: RecordedNova) -> Callable[..., Any]:
    """Makes requests of a user to Horizon."""
    from django.test import RequestFactory
    from openstack_auth.user import User

    def make(method: str, path: str, data: Any = None) -> Any:
        request = RequestFactory().generic(
            method,
            path,
            json.dumps(data) if data is not None else "",
            content_type="application/json",
            HTTP_X_REQUESTED_WITH="XMLHttpRequest",
        )
        request.user = User(
            id="user",
            user="demo",
            token=SimpleNamespace(
                id="token",
                project={"id": "project", "name": "project"},
                expires=datetime.now(timezone.utc) + timedelta(days=1),
            ),
            tenant_id="project",
            services_region="RegionOne",
            service_catalog=[
                {
                    "type": service_type,
                    "name": service_type,
                    "endpoints": [
                        {
                            "interface": "public",
                            "region": "RegionOne",
                            "region_id": "RegionOne",
                            "url": url,
                        }
                    ],
                }
                for service_type, url in (
                    ("compute", nova.url),
                    ("identity", nova.identity_url),
                )
            ],
        )
        request.session = {}
        request.horizon = {"async_messages": []}
        return request

    return make
