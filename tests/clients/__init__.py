# SPDX-License-Identifier: Apache-2.0
"""The real command lines, in-process."""
