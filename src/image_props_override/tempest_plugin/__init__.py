# SPDX-License-Identifier: Apache-2.0
"""Tests for Tempest: do overrides of image properties work in a cloud?"""
