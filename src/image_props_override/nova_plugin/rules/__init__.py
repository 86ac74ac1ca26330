# SPDX-License-Identifier: Apache-2.0
"""Where the operator's rules come from."""
