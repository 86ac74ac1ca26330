# SPDX-License-Identifier: Apache-2.0
"""Tests; folders mirror the code."""

from pathlib import Path

PROJECT = Path(__file__).parents[1]
