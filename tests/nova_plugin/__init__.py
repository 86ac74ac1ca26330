# SPDX-License-Identifier: Apache-2.0
"""The plug-in, where it needs no running Nova."""

from tests import nova_concurrency

nova_concurrency.choose()
