# SPDX-License-Identifier: Apache-2.0
"""The guest that tells what it sees: its making and its report's reading.

`build` makes kernel, ramdisk and disk out of installed Debian packages,
the ramdisk runs `init`, which prints `guest-report` on the serial console,
and `report` reads that. `domain` reads what libvirt says of the same guest.
"""
