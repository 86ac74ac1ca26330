# SPDX-License-Identifier: Apache-2.0
"""Puts our lines into Nova's ``api-paste.ini``, and takes them out again."""
