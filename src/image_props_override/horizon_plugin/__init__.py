# SPDX-License-Identifier: Apache-2.0
"""A plug-in for Horizon: overrides in Launch Instance and a details tab."""
