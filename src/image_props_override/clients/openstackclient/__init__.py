# SPDX-License-Identifier: Apache-2.0
"""What teaches ``openstack`` to override image properties."""
