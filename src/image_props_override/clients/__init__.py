# SPDX-License-Identifier: Apache-2.0
"""What teaches the OpenStack clients to override image properties."""
