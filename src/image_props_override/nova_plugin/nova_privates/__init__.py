# SPDX-License-Identifier: Apache-2.0
"""Every private name of Nova that this project leans on.

Nova promises nothing about these. Each is pinned by a test in
``tests/nova_contract``, so that a release that moves one is noticed before
an operator notices it. A module for each part of Nova: nova-compute does not
load the API, nor nova-api the managers.
"""
