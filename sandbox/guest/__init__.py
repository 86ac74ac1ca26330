# SPDX-License-Identifier: Apache-2.0
"""The making of what guests boot.

`build` makes kernel, ramdisk and disk out of installed Debian packages,
and the ramdisk runs `init`, which has `guest-report` of the package's Tempest
plug-in print on the serial console what the guest sees.

`os_installer` makes an installer of an operating system, out of the folder
`os-installer`: `install-os` runs first in the installer, `mount-root` and
`installed-init` in the system that it installs.
"""
