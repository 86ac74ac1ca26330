# SPDX-License-Identifier: Apache-2.0
"""``image-props-override doctor``: is this nova-api host set up rightly?"""
