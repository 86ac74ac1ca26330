# SPDX-License-Identifier: Apache-2.0
"""Faults of a cloud's services in the middle of an operation."""
