# SPDX-License-Identifier: Apache-2.0
"""The plug-in in real Nova: API, conductor, scheduler, compute in-process."""

import os

# Native threads, as nova-api runs today: Nova's own tests would patch
# eventlet in. It must be told before anything else of Nova is imported.
os.environ["OS_NOVA_DISABLE_EVENTLET_PATCHING"] = "true"

from nova import monkey_patch

monkey_patch.patch(backend="threading")
