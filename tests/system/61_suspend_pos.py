# SPDX-License-Identifier: GPL-2.0-only
"""A guest is put away, over xend's end, taken up again, and forgotten in the end."""

import json

import pytest

pytestmark = [pytest.mark.tools("ours"), pytest.mark.hv("ours")]


def suspended(dom0):
    return [row["name"] for row in json.loads(dom0.must("list --json --state=suspended"))]


def test_away_and_back_and_forgotten(dom0):
    dom0.create("away", "vcpus=2", "memory=128")
    guest = dom0.shell("away")
    assert guest.run("dmesg -n 1; echo kept > /tmp/word") == ("", 0)
    guest.leave()
    dom0.must("suspend -z away")
    assert "away" not in dom0.list() and suspended(dom0) == ["away"]
    dom0.kill("xend")
    dom0.check("xend")
    assert suspended(dom0) == ["away"]
    dom0.must("resume -p away")
    assert dom0.list()["away"].state[2] == "p" and suspended(dom0) == []
    dom0.must("unpause away")
    guest = dom0.shell_again("away")
    out, rc = guest.run("cat /tmp/word; nproc")
    assert rc == 0 and out.endswith("kept\n2\n")
    guest.leave()
    # its folder has no room: it goes on
    dom0.check("mount -t tmpfs -o size=4m none /var/lib/xend/suspended")
    full = dom0.xm("suspend away")
    assert full.rc == 1 and "No space left" in full.out and "goes on" in full.out
    assert dom0.check("ls /var/lib/xend/suspended") == ""
    dom0.check("umount /var/lib/xend/suspended")
    assert dom0.list()["away"].state[3] == "-"
    dom0.must("suspend away")
    dom0.must("delete away")
    assert suspended(dom0) == [] and dom0.xm("resume away").rc == 3
    assert dom0.check("ls /var/lib/xend/suspended") == ""
