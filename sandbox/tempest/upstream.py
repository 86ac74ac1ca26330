# SPDX-License-Identifier: Apache-2.0
"""``python -m sandbox.tempest.upstream [PART]``: Tempest's own tests, twice.

Its compute tests, or a part of them: ``servers``, ``admin``, ...

Against the sandbox without the extension, then with it. The results are to be
the same; ``docs/tempest-upstream.md`` is written with them.
"""

import collections
import dataclasses
import io
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from sandbox import cloud
from sandbox.errors import SandboxError
from sandbox.settings import CHECKOUT, Settings
from sandbox.tempest import workspace

TABLE: Final = CHECKOUT / "docs" / "tempest-upstream.md"

_TESTS: Final = r"^tempest\.api\.compute\."
_ALL: Final = ".*"
# The sandbox has no volumes, no routers and no security groups, and one host;
# there is nothing in its guests that could be logged in to.
_LEFT_OUT: Final = (
    "attach_interfaces|floating_ip|security_group|live_migration|volume"
    "|test_networks|tenant_networks|console_auth|novnc|test_device_tagging"
    "|migrat"
)
# Nova's fake driver makes no snapshots.
_LEFT_OUT_FAKE: Final = (
    "test_images[.]|test_images_oneserver[.]|test_list_image_filters[.]"
    "|create_backup|shelve"
)
_WORKERS: Final = 2
_STATES: Final = ("success", "skip", "fail")

_Results = Mapping[str, str]


def main() -> int:
    """Run both, write the table; 0 if no test's result differs."""
    settings = Settings.from_environment()
    part = sys.argv[1] if len(sys.argv) > 1 else _ALL
    try:
        if cloud.status(settings) and any(
            each.state == "running" for each in cloud.status(settings)
        ):
            raise SandboxError(
                f"a cloud is running in {settings.state_dir}: this needs one"
                " of its own, choose another folder with SANDBOX_DIR"
            )
        without = results_of(
            dataclasses.replace(settings, extension=False), part
        )
        with_it = results_of(
            dataclasses.replace(settings, extension=True), part
        )
    except SandboxError as error:
        print(f"sandbox: {error}", file=sys.stderr)
        return 1
    text = table(without, with_it, part, guests=_guests(settings))
    TABLE.write_text(text)
    print(text)
    return int(bool(differences(without, with_it)))


def differences(without: _Results, with_it: _Results) -> list[str]:
    """Return the tests whose results are not the same, sorted."""
    return sorted(
        test
        for test in {*without, *with_it}
        if without.get(test) != with_it.get(test)
    )


def table(without: _Results, with_it: _Results, part: str, guests: str) -> str:
    """Return the page with the results of both runs.

    Args:
        without: Each test's result without the extension.
        with_it: The same with it.
        part: Which of the compute tests ran.
        guests: What the cloud's guests were.
    """
    differ = differences(without, with_it)
    lines = [
        "# Tempest's own compute tests, with and without the extension",
        "",
        "Written by `python -m sandbox.tempest.upstream`. It runs Tempest's",
        f"`tempest.api.compute`{_named(part)}",
        "against the sandbox twice, first with Nova alone. Left out is what",
        "needs volumes, routers, security groups, a second host or a login"
        " into guests.",
        f"Guests: {guests}.",
        "",
        f"{len(without)} tests without, {len(with_it)} with the extension;"
        f" **{len(differ)} results differ**.",
        "",
        "| module | without: passed, skipped, failed"
        " | with: passed, skipped, failed |",
        "|---|---|---|",
    ]
    counts = [_by_module(results) for results in (without, with_it)]
    for module in sorted({*counts[0], *counts[1]}):
        cells = (
            ", ".join(str(count[module][state]) for state in _STATES)
            for count in counts
        )
        lines.append(f"| `{module}` | {' | '.join(cells)} |")
    totals = (
        ", ".join(
            str(list(results.values()).count(state)) for state in _STATES
        )
        for results in (without, with_it)
    )
    lines.append(f"| all | {' | '.join(totals)} |")
    lines += _listed("Results that differ", differ, without, with_it)
    failed = sorted(
        test
        for test, state in without.items()
        if state == "fail" and test not in differ
    )
    lines += _listed("Failed both times", failed, without, with_it)
    return "\n".join(lines) + "\n"


def _named(part: str) -> str:
    return "" if part == _ALL else f", the part `{part}`,"


def _listed(
    heading: str, tests: Iterable[str], without: _Results, with_it: _Results
) -> list[str]:
    rows = [
        f"- `{test}`: {without.get(test, 'not run')} without,"
        f" {with_it.get(test, 'not run')} with"
        for test in tests
    ]
    return ["", f"## {heading}", "", *(rows or ["None."])]


def _by_module(results: _Results) -> dict[str, collections.Counter[str]]:
    found: dict[str, collections.Counter[str]] = collections.defaultdict(
        collections.Counter
    )
    for test, state in results.items():
        # tempest.api.compute.MODULE.Class.test, or setUpClass (...Class)
        inner = test.partition("(")[2].rstrip(")") or test.rpartition(".")[0]
        module = inner.rpartition(".")[0]
        found[module.removeprefix("tempest.api.compute.")][state] += 1
    return found


def results_of(settings: Settings, part: str) -> _Results:
    """Start the cloud, run the tests, end it; return each test's result."""
    settings = cloud.up(settings)
    try:
        place = workspace.prepare(settings)
        left_out = _LEFT_OUT
        if settings.is_fake:
            left_out += f"|{_LEFT_OUT_FAKE}"
        tests = f"{_TESTS}({part})"
        workspace.run(place, tests, workers=_WORKERS, exclude=left_out)
        return last_results(place.folder)
    finally:
        cloud.down(settings)


def last_results(folder: Path) -> _Results:
    """Return the results of the last run in a folder.

    ``success``, ``skip`` or ``fail``, by the test's name without its
    attributes.
    """
    import subunit  # These two come with Tempest.
    import testtools

    stream = subprocess.run(
        [sys.executable, "-m", "stestr.cli", "last", "--subunit"],
        cwd=folder,
        capture_output=True,
        check=False,
    ).stdout
    results: dict[str, str] = {}

    def on_test(test: Mapping[str, Any]) -> None:
        name = str(test["id"]).partition("[")[0]
        results[name] = str(test["status"])

    summary = testtools.StreamToDict(on_test)
    summary.startTestRun()
    subunit.ByteStreamToStreamResult(
        io.BytesIO(stream), non_subunit_name="stdout"
    ).run(summary)
    summary.stopTestRun()
    results.pop("stdout", None)
    return results


def _guests(settings: Settings) -> str:
    used = settings.in_use() or settings
    if used.is_fake:
        return (
            "Nova's own fake driver (`VIRT=fake`), for speed; snapshots,"
            " which it does not make, are left out"
        )
    return f"real ones ({used.virt})"


if __name__ == "__main__":
    sys.exit(main())
