# SPDX-License-Identifier: Apache-2.0
"""Runs Tempest against the sandbox, the plug-in's tests and upstream's."""
