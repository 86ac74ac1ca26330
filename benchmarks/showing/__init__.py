# SPDX-License-Identifier: Apache-2.0
"""Shows the samples: a module for each benchmark, with a ``SECTION``."""
