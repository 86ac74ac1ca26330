# SPDX-License-Identifier: Apache-2.0
"""Who may override what, by the operator's rules."""
