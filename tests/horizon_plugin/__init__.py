# SPDX-License-Identifier: Apache-2.0
"""Tests of the plug-in for Horizon, in Horizon's own environment."""
