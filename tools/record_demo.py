# SPDX-License-Identifier: Apache-2.0
"""Runs the demo and writes what it printed: docs/evidence/demo.md.

Usage: python -m tools.record_demo
"""

from __future__ import annotations

import datetime
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

from sandbox.settings import Settings

_PROJECT: Final = Path(__file__).parents[1]
_PAGE: Final = _PROJECT / "docs" / "evidence" / "demo.md"

_TEXT: Final = """\
# A run of the demo

`make demo` printed this on {day}, with guests that {how}.
`python -m tools.record_demo` runs the demo and writes this page. It leaves out
how the cloud starts.

The demo boots servers from one image and compares, property by property, what
you asked for, what Nova recorded, and what the guest has. It ends with an OS
installer that installs a server to its own disk. [Your first ten
minutes](../start/first-steps.md) does the same by hand.

```text
{printed}
```
"""


def main() -> int:
    """Write the page; return the demo's exit status."""
    done = subprocess.run(
        [sys.executable, "-m", "sandbox", "demo"],
        cwd=_PROJECT,
        stdout=subprocess.PIPE,
        text=True,
    )
    settings = Settings.from_environment()
    kind = (settings.in_use() or settings).virt
    if done.returncode == 0:
        _PAGE.write_text(
            _TEXT.format(
                day=datetime.datetime.now(datetime.UTC).date(),
                how={"kvm": "ran under KVM"}.get(kind, "QEMU emulated"),
                printed=_without_start(done.stdout, settings),
            )
        )
    return done.returncode


def _without_start(printed: str, settings: Settings) -> str:
    """Return the text from the first command of the demo on."""
    _, _, demo = printed.partition("\n$ ")
    text = f"$ {demo}".replace(str(settings.state_dir), ".sandbox")
    return re.sub(r"[ \t]+$", "", text, flags=re.MULTILINE).strip()


if __name__ == "__main__":
    sys.exit(main())
