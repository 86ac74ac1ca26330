# SPDX-License-Identifier: Apache-2.0
"""The demo runs the commands that it shows."""

import shlex
from pathlib import Path

import pytest

from sandbox.demo import boot
from sandbox.errors import SandboxError
from sandbox.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Return the settings of a cloud that does not run."""
    return Settings(state_dir=tmp_path)


def test_each_override_is_an_option_of_its_own() -> None:
    """As a user would type them."""
    overrides = {"hw_disk_bus": "scsi", "os_command_line": "a b"}
    command = boot.create_command("server", "guest", "small", overrides)
    assert command[-3:] == [
        ["--image-prop-override", "hw_disk_bus=scsi"],
        ["--image-prop-override", "os_command_line=a b"],
        ["server"],
    ]


def test_prints_what_it_runs(
    settings: Settings, capfd: pytest.CaptureFixture[str]
) -> None:
    """A shell that is given the printed text runs the same command."""
    words = ["printf", "%s\n"], ["two words", "it's", "$HOME"]
    output = boot.run(settings, *words)
    assert output.splitlines() == ["two words", "it's", "$HOME"]
    printed = capfd.readouterr().out
    assert shlex.split(printed.removeprefix("$ ").replace("\\\n", "")) == [
        word for line in words for word in line
    ]


def test_runs_as_the_plain_user(settings: Settings) -> None:
    """Nothing in the demo needs an administrator."""
    assert boot.run(settings, ["printenv", "OS_USERNAME"]) == "demo\n"


def test_a_command_that_fails_says_why(settings: Settings) -> None:
    """The user sees the client's own message."""
    with pytest.raises(SandboxError, match="no/such/file"):
        boot.run(settings, ["ls", "no/such/file"])


def test_finds_what_a_console_says(settings: Settings) -> None:
    """A serial line carries any byte, also such as are no text."""
    log = settings.console_log("id")
    log.parent.mkdir(parents=True)
    log.write_bytes(b"\xff\xfe hello\n")
    found = boot.wait_for_console(
        settings, "id", lambda text: text.partition(" ")[2] or None, "greeting"
    )
    assert found == "hello\n"


def test_reads_no_line_that_the_guest_is_still_writing(
    settings: Settings,
) -> None:
    """Half a line would be taken for the whole of it."""
    log = settings.console_log("id")
    log.parent.mkdir(parents=True)
    log.write_text("booted\nbooted_")
    seen: list[str] = []

    def find(text: str) -> str | None:
        seen.append(text)
        log.write_text("booted\nbooted_by=disk\n")
        return text if "by" in text else None

    found = boot.wait_for_console(settings, "id", find, "line")
    assert found == "booted\nbooted_by=disk\n"
    assert seen[0] == "booted\n"
