# SPDX-License-Identifier: Apache-2.0
"""A server resource for Heat whose image properties can be overridden.

Heat finds the client plug-in by its entry point, and the resource because
this folder is in ``plugin_dirs`` of ``heat.conf``; see docs/user/heat.md.
"""
