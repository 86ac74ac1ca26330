# SPDX-License-Identifier: Apache-2.0
"""Takes the samples: a module for each benchmark, with a ``measure``."""
