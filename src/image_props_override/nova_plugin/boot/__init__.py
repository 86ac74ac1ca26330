# SPDX-License-Identifier: Apache-2.0
"""Overrides merged into the boot of a server."""
