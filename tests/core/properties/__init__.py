# SPDX-License-Identifier: Apache-2.0
"""The core: tables of cases, and properties that hold for all."""
