# SPDX-License-Identifier: Apache-2.0
"""The tests; their folders mirror the code."""
