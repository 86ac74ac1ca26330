# SPDX-License-Identifier: Apache-2.0
"""What an override of image properties means; imports no OpenStack code."""
