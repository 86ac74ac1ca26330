# SPDX-License-Identifier: Apache-2.0
"""A soak: random operations, and the state after each."""
