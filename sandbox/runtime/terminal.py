# SPDX-License-Identifier: Apache-2.0
"""Keeps a guest's console from becoming Nova's own terminal."""

import fcntl
import os
import termios


def take_one() -> None:
    """Give this process a terminal of its own, which nobody else has.

    Nova reads a guest's console by opening its pty. A process that leads a
    session and has no terminal yet gets the first that it opens as its own,
    and SIGHUP when that guest ends: Nova would end with it.
    """
    # Both ends stay open as long as the process lives.
    _, terminal = os.openpty()
    fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)
