# SPDX-License-Identifier: Apache-2.0
"""``python -m sandbox.tempest.upstream [PART]``: Tempest's own tests, twice.

Its compute tests, or a part of them: ``servers``, ``admin``, ...

Against the sandbox without the extension, then with it. The results are to be
the same. All of them together write ``docs/evidence/tempest-upstream.md``.
"""

import collections
import dataclasses
import io
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any, Final

from sandbox import cloud
from sandbox.errors import SandboxError
from sandbox.settings import CHECKOUT, Settings
from sandbox.tempest import workspace

TABLE: Final = CHECKOUT / "docs" / "evidence" / "tempest-upstream.md"

_TESTS: Final = r"^tempest\.api\.compute\."
_ALL: Final = ".*"
# What tests are not run, by what the sandbox lacks for them.
_LEFT_OUT: Final = {
    "a second host": "migrat",
    "routers and floating IPs": "floating_ip",
    "security groups": "security_group",
    "networks of the test's own": (
        "attach_interfaces|test_networks|tenant_networks|device_tagging"
    ),
    "a console proxy": "console_auth|novnc",
}
_WORKERS: Final = 2
_STATES: Final = ("success", "skip", "fail")

# Why tests fail with Nova alone too, by what their names have.
_REASONS: Final = {
    "InstanceUsageAuditLogTestJSON": (
        "Nova's answer has host names where its own schema wants UUIDs, and"
        " the sandbox's `[api] response_validation = error` refuses it"
    ),
    "test_get_hypervisor_uptime": "Nova's fake driver knows no uptime",
    "test_stable_device_rescue_bfv": (
        "Nova's fake driver rescues no server that boots from a volume"
    ),
    "test_rebuild_volume_backed_server": (
        "it logs in to the guest over SSH, and nothing on the sandbox's"
        " network reaches a guest"
    ),
    "test_get_console_output_with_unlimited_size": (
        "the consoles of Nova's fake driver have three lines, and the test"
        " wants more"
    ),
}

_Results = Mapping[str, str]


@dataclasses.dataclass(frozen=True)
class Run:
    """One run of the tests.

    Attributes:
        results: Each test's: ``success``, ``skip`` or ``fail``.
        left_out: How many tests did not run, by what they would need.
    """

    results: _Results
    left_out: Mapping[str, int]


def main() -> int:
    """Run both, write the table; 0 if no test's result differs."""
    settings = dataclasses.replace(Settings.from_environment(), volumes=True)
    part = sys.argv[1] if len(sys.argv) > 1 else _ALL
    try:
        if any(each.state == "running" for each in cloud.status(settings)):
            raise SandboxError(
                f"a cloud is running in {settings.state_dir}: this needs one"
                " of its own, choose another folder with SANDBOX_DIR"
            )
        without = run_against(
            dataclasses.replace(settings, extension=False), part
        )
        with_it = run_against(
            dataclasses.replace(settings, extension=True), part
        )
    except SandboxError as error:
        print(f"sandbox: {error}", file=sys.stderr)
        return 1
    text = table(without, with_it, guests=_guests(settings))
    if part == _ALL:
        TABLE.write_text(text)
    print(text)
    return int(bool(differences(without.results, with_it.results)))


def differences(without: _Results, with_it: _Results) -> list[str]:
    """Return the tests whose results are not the same, sorted."""
    return sorted(
        test
        for test in {*without, *with_it}
        if without.get(test) != with_it.get(test)
    )


def table(without: Run, with_it: Run, guests: str) -> str:
    """Return the page with the results of both runs.

    Args:
        without: Without the extension.
        with_it: With it.
        guests: What the cloud's guests were.
    """
    runs = (without.results, with_it.results)
    differ = differences(*runs)
    lines = [
        "# Tempest's own compute tests, with and without the extension",
        "",
        "Written by `python -m sandbox.tempest.upstream`. It runs",
        "`tempest.api.compute` twice against the sandbox with Cinder, first",
        f"with Nova alone. Tempest {metadata.version('tempest')}, Nova"
        f" {metadata.version('nova')}; guests: {guests}.",
        "",
        f"{len(runs[0])} tests without, {len(runs[1])} with the extension;"
        f" **{len(differ)} results differ**.",
        "",
        "| module | without: passed, skipped, failed"
        " | with: passed, skipped, failed |",
        "|---|---|---|",
    ]
    counts = [_by_module(results) for results in runs]
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
        for results in runs
    )
    lines.append(f"| all | {' | '.join(totals)} |")
    lines += _section(
        "Results that differ",
        [
            f"- `{test}`: {runs[0].get(test, 'not run')} without,"
            f" {runs[1].get(test, 'not run')} with"
            for test in differ
        ],
    )
    lines += _section(
        "Failed both times",
        [
            f"- `{test}`: {_reason(test)}"
            for test, state in sorted(runs[0].items())
            if state == "fail" and test not in differ
        ],
    )
    lines += _section(
        "Not run",
        [
            f"- {count} tests need {lack}."
            for lack, count in without.left_out.items()
        ],
    )
    return "\n".join(lines) + "\n"


def _section(heading: str, rows: Iterable[str]) -> list[str]:
    return ["", f"## {heading}", "", *(list(rows) or ["None."])]


def _reason(test: str) -> str:
    known = (why for name, why in _REASONS.items() if name in test)
    return next(known, "not looked into")


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


def run_against(settings: Settings, part: str) -> Run:
    """Start the cloud, run the tests and end it; return what came of it.

    Raises:
        SandboxError: The cloud does not start, or the tests did not run.
    """
    settings = cloud.up(settings)
    try:
        place = workspace.prepare(settings)
        tests = f"{_TESTS}({part})"
        # Else a run that comes to nothing would have its predecessor's.
        shutil.rmtree(place.folder / ".stestr", ignore_errors=True)
        exit_code = workspace.run(
            place,
            tests,
            workers=_WORKERS,
            exclude="|".join(_LEFT_OUT.values()),
        )
        results = last_results(place.folder)
        refuse_incomplete(results, exit_code)
        return Run(results, _count_left_out(workspace.listed(place, tests)))
    finally:
        cloud.down(settings)


def _count_left_out(tests: Iterable[str]) -> dict[str, int]:
    """Return how many tests each lack costs, each test counted once."""
    counts = dict.fromkeys(_LEFT_OUT, 0)
    for test in tests:
        for lack, regex in _LEFT_OUT.items():
            if re.search(regex, test):
                counts[lack] += 1
                break
    return {lack: count for lack, count in counts.items() if count}


def refuse_incomplete(results: _Results, exit_code: int) -> None:
    """Refuse what does not tell the result of each test.

    Args:
        results: What stestr noted.
        exit_code: Tempest's.

    Raises:
        SandboxError: Nothing ran, or not to its end.
    """
    unfinished = sorted(
        test for test, state in results.items() if state not in _STATES
    )
    failed = "fail" in results.values()
    if not results or unfinished or exit_code != int(failed):
        raise SandboxError(
            f"Tempest ended with {exit_code}, {len(results)} results and"
            f" {len(unfinished)} unfinished tests: {', '.join(unfinished)}"
        )


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
            "Nova's own fake driver (`VIRT=fake`), whose snapshots the"
            " sandbox uploads"
        )
    return f"real ones, {used.virt}"


if __name__ == "__main__":
    sys.exit(main())
