# SPDX-License-Identifier: Apache-2.0
"""Tests of the sandbox, many of them on clouds of their own."""
