# SPDX-License-Identifier: GPL-2.0-only
"""rounds.py: something that is done over and over leaves nothing with xend."""

SLACK_KIB = 400


def rounds(dom0, command, count):
    """Runs the shell command `count` times, after three more that warm up: xend has as many files open as before, and
    about as much memory."""
    fds = f"ls /proc/{dom0.pid('xend')}/fd | wc -l"
    dom0.check(f"for i in $(seq 3); do {command} || exit 1; done")
    before, size = dom0.check(fds), dom0.resident_kib("xend")
    dom0.check(f"for i in $(seq {count}); do {command} || exit 1; done", 300)
    assert dom0.check(fds) == before
    assert dom0.resident_kib("xend") - size < SLACK_KIB
