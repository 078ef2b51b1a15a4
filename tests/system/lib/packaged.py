# SPDX-License-Identifier: GPL-2.0-only
"""packaged.py: the packaged programs in dom0."""

BIN = "/usr/lib/xen-4.17/bin"


def output(dom0, command, rc=0):
    """What one prints, or several do, errors included; rc: what it returns, None: anything."""
    result = dom0.run(f"export PATH=$PATH:{BIN}; {{ {command}; }} 2>&1")
    assert rc is None or result.rc == rc, (command, result.rc, result.out)
    return result.out
