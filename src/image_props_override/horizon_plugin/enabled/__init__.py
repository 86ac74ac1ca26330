# SPDX-License-Identifier: Apache-2.0
"""Horizon's enabled file, for openstack_dashboard/local/enabled."""
