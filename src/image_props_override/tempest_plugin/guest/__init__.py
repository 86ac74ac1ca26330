# SPDX-License-Identifier: Apache-2.0
"""What a running guest really has: by its own report, and by libvirt.

Imports the standard library only, so that it serves without Tempest too.
"""


class GuestError(Exception):
    """It is unknown what a guest has, and why."""
