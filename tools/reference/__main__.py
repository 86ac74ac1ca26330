# SPDX-License-Identifier: Apache-2.0
"""Writes the pages: `python -m tools.reference`."""

from tools.reference.pages import write

if __name__ == "__main__":
    write()
