# SPDX-License-Identifier: Apache-2.0
"""What the API answers; no test here looks into a guest."""
