# SPDX-License-Identifier: Apache-2.0
"""The image properties that Nova has: names, kinds and values."""
