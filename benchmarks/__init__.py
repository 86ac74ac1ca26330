# SPDX-License-Identifier: Apache-2.0
"""What overriding costs, measured beside stock Nova in the same run."""
