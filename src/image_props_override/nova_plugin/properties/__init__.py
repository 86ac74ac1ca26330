# SPDX-License-Identifier: Apache-2.0
"""The image properties of the installed Nova."""
