# SPDX-License-Identifier: Apache-2.0
"""Managers for nova-compute and nova-conductor that re-apply overrides."""
