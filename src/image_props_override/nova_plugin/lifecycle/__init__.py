# SPDX-License-Identifier: Apache-2.0
"""Servers that exist, and what becomes of their overrides."""
