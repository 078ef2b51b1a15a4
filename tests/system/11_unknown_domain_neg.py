# SPDX-License-Identifier: GPL-2.0-only
"""Commands on a domain that does not exist, and configurations that cannot work."""

import pytest


@pytest.mark.parametrize("command", ["pause", "unpause", "destroy", "shutdown", "console"])
def test_unknown_domain(dom0, command):
    r = dom0.xm(f"{command} nosuch")
    assert r.rc != 0
    if dom0.tools == "ours":
        assert r.rc == 3 and r.out == "Error: Domain 'nosuch' does not exist.\n"


@pytest.mark.parametrize("line", ['kernel="/nosuch"', 'ramdisk="/nosuch"', 'kernel="/etc/passwd"'])
def test_create_refused(dom0, line):
    dom0.check("cat /etc/xen/demo.cfg - > /tmp/bad.cfg", input=f'name="bad"\n{line}\n')
    r = dom0.xm("create /tmp/bad.cfg")
    assert r.rc != 0
    if dom0.tools == "ours":
        assert line.split('"')[1] in r.out and "Traceback" not in r.out
    assert "bad" not in dom0.list()
