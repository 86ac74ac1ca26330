# SPDX-License-Identifier: Apache-2.0
"""What the project takes for granted of Nova, held against the installed one.

A failure here tells what a new release of Nova has changed.
"""

from tests import nova_concurrency

nova_concurrency.choose()

# Only now, when threads or eventlet are chosen.
from nova import objects  # noqa: E402

# Nova's services do this at start; without it, nova.objects is empty.
objects.register_all()
