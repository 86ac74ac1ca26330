# SPDX-License-Identifier: Apache-2.0
"""What plugs into nova-api; the only package that imports Nova."""
