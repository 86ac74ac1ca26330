# SPDX-License-Identifier: Apache-2.0
"""The one exception that the sandbox shows to its user."""


class SandboxError(Exception):
    """Says what is wrong and what to do; the command line prints just it."""
