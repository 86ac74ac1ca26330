# SPDX-License-Identifier: Apache-2.0
"""The making of the guest that tells what it sees.

`build` makes kernel, ramdisk and disk out of installed Debian packages,
and the ramdisk runs `init`, which has `guest-report` of the package's Tempest
plug-in print on the serial console what the guest sees.
"""
