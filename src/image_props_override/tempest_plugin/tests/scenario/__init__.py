# SPDX-License-Identifier: Apache-2.0
"""What guests have, and keep, of what was overridden."""
