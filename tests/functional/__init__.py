# SPDX-License-Identifier: Apache-2.0
"""The plug-in in real Nova: API, conductor, scheduler, compute in-process."""

from tests import nova_concurrency

nova_concurrency.choose()
