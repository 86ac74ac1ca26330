# SPDX-License-Identifier: Apache-2.0
"""Boot an OpenStack server while overriding its image's properties."""
