# SPDX-License-Identifier: Apache-2.0
"""Tests of the documentation."""

from tests import nova_concurrency

nova_concurrency.choose()
