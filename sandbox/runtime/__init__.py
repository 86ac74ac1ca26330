# SPDX-License-Identifier: Apache-2.0
"""What runs inside the service processes of a sandbox cloud."""
