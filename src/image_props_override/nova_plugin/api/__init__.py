# SPDX-License-Identifier: Apache-2.0
"""What answers a request: routes, controllers, the microversion."""
