# SPDX-License-Identifier: Apache-2.0
"""What the project takes for granted of Nova, held against the installed one.

A failure here tells what a new release of Nova has changed.
"""

import os

# As in tests/functional: native threads, told before Nova is imported.
os.environ["OS_NOVA_DISABLE_EVENTLET_PATCHING"] = "true"

from nova import objects

# Nova's services do this at start; without it, nova.objects is empty.
objects.register_all()
