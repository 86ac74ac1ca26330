# SPDX-License-Identifier: Apache-2.0
"""Pages of the reference, written from the code's own data.

`python -m tools.reference` writes them; a test holds that they are fresh. They
are committed so that a forge shows them, too.
"""
