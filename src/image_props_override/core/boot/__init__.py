# SPDX-License-Identifier: Apache-2.0
"""What overrides make of one boot."""
