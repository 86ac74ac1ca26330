# SPDX-License-Identifier: Apache-2.0
"""One request that overrides, on its way through nova-api."""
