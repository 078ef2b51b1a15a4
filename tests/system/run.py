#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""run.py [PYTEST OPTION]...: the system tests, in two processes with half of the corners each where
there are two CPUs: a machine emulated by one thread leaves the other idle. What the second prints comes
when the first has ended."""

import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
CORNERS = "xen-xl,xen-ours,ours-xl,ours-ours"


def halves(corners):
    """The first and the last, and those between: about equally long."""
    if (os.cpu_count() or 1) < 2 or len(corners) < 2:
        return [corners]
    return [h for h in ([corners[0], *corners[3:]], corners[1:3]) if h]


def main():
    corners = (os.environ.get("CORNERS") or CORNERS).split(",")
    argv = [sys.executable, "-u", "-m", "pytest", "-c", os.path.join(HERE, "pytest.ini"), HERE, *sys.argv[1:]]
    runs = []
    for half in halves(corners):
        out = subprocess.PIPE if runs else None
        runs.append(subprocess.Popen(argv, env={**os.environ, "CORNERS": ",".join(half)}, stdout=out,
                                     stderr=subprocess.STDOUT if out else None))
    later = [r.communicate()[0] for r in runs[1:]]      # read meanwhile, so that it never blocks
    codes = [r.wait() for r in runs]
    for text in later:
        sys.stdout.buffer.write(b"\n" + text)
    sys.stdout.flush()
    return next((c for c in codes if c not in (0, 5)), 5 if all(c == 5 for c in codes) else 0)


sys.exit(main())
