# SPDX-License-Identifier: Apache-2.0
"""The Tempest plug-in, without a cloud."""
