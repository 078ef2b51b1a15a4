#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""run.py [PYTEST OPTION]...: the system tests, in two processes where there are two CPUs: a machine
emulated by one thread leaves the other idle. Both know all cases; one takes the corners from the front,
the other from the back, and each claims a file of a corner before it runs it (conftest.py), so that they
meet in the corner where the time is halved. What the second prints comes when the first has ended."""

import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
CORNERS = "xen-xl,xen-ours,ours-xl,ours-ours"


def orders(corners):
    """One list of corners a process."""
    return [corners, corners[::-1]] if (os.cpu_count() or 1) > 1 else [corners]


def main():
    corners = (os.environ.get("CORNERS") or CORNERS).split(",")
    argv = [sys.executable, "-u", "-m", "pytest", "-c", os.path.join(HERE, "pytest.ini"), HERE, *sys.argv[1:]]
    runs = []
    with tempfile.TemporaryDirectory(prefix="claims-") as claims:
        for order in orders(corners):
            out = subprocess.PIPE if runs else None
            env = {**os.environ, "CORNERS": ",".join(order), "CLAIMS": claims, "PROCESS": str(len(runs) + 1)}
            runs.append(subprocess.Popen(argv, env=env, stdout=out, stderr=subprocess.STDOUT if out else None))
        later = [r.communicate()[0] for r in runs[1:]]      # read meanwhile, so that it never blocks
        codes = [r.wait() for r in runs]
    for text in later:
        sys.stdout.buffer.write(b"\n" + text)
    sys.stdout.flush()
    return next((c for c in codes if c not in (0, 5)), 5 if all(c == 5 for c in codes) else 0)


sys.exit(main())
