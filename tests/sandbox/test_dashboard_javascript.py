# SPDX-License-Identifier: Apache-2.0
"""Runs the JavaScript's own tests, by Horizon's Jasmine, in a real browser."""

from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.support.ui import WebDriverWait

from sandbox import dashboard
from tests import PROJECT
from tests.browser import browser as browser
from tests.sandbox.lacking import skip_but_fail_in_ci

_SPECS = PROJECT / "tests/horizon_plugin/javascript"
_PLUGIN = (
    PROJECT / "src/image_props_override/horizon_plugin/static/dashboard"
    "/image-props-override"
)
# What Horizon's base page gives the plug-in: two services that it decorates.
_PAGE = """\
<!DOCTYPE html>
<meta charset="utf-8">
<script>
  window.WEBROOT = '/';
  window.STATIC_URL = '/static/';
  window.gettext = function (text) { return text; };
</script>
%s
<script>
  angular.module('horizon.dashboard.project.workflow.launch-instance', [])
    .factory('horizon.dashboard.project.workflow.launch-instance.workflow',
      () => ({steps: [{id: 'source'}, {id: 'flavor'}, {id: 'networks'}]}));
  angular.module('horizon.app.core.openstack-service-api', [])
    .factory('horizon.app.core.openstack-service-api.nova', () => ({
      createServer(spec) { window.sentByStock.push(angular.copy(spec)); }
    }));
</script>
%s
"""
_RESULTS = """
  return window.jsApiReporter && jsApiReporter.finished
    ? jsApiReporter.specs().map(function (spec) {
        return [spec.fullName, spec.status,
                spec.failedExpectations.map(each => each.message)];
      })
    : null;
"""


def test_specs(browser: webdriver.Chrome, tmp_path: Path) -> None:
    """All of them pass."""
    if not dashboard.is_installed():
        skip_but_fail_in_ci(
            "no Horizon here: sandbox/install --with-dashboard"
        )
    (packages,) = dashboard.PYTHON.parent.parent.glob(
        "lib/python3*/site-packages/xstatic/pkg"
    )
    libraries = [
        *(packages / "jquery/data").glob("jquery.js"),
        *(
            packages / "jasmine/data" / name
            for name in ("jasmine.js", "jasmine-html.js", "boot.js")
        ),
        packages / "angular/data/angular.js",
        packages / "angular/data/angular-mocks.js",
    ]
    ours = [
        _PLUGIN / "image-props-override.module.js",
        *sorted(set(_PLUGIN.glob("*.js")) - set(_PLUGIN.glob("*.module.js"))),
        *sorted(_SPECS.glob("*.spec.js")),
    ]
    page = tmp_path / "specs.html"
    page.write_text(_PAGE % (_scripts(libraries), _scripts(ours)))
    browser.get(page.as_uri())
    found = WebDriverWait(browser, 60).until(
        lambda window: window.execute_script(_RESULTS)
    )
    assert len(found) == sum(
        spec.read_text().count("  it('") for spec in _SPECS.glob("*.spec.js")
    )
    failed = [each for each in found if each[1] != "passed"]
    if failed:
        pytest.fail("\n".join(map(str, failed)), pytrace=False)


def _scripts(files: list[Path]) -> str:
    return "\n".join(
        f'<script src="{file.resolve().as_uri()}"></script>' for file in files
    )
