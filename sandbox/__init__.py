# SPDX-License-Identifier: Apache-2.0
"""A real OpenStack on one machine, for the demo, the tests and the curious.

Not part of the wheel. ``python -m sandbox --help`` shows the commands;
`sandbox.cloud` is the same for Python callers.
"""
