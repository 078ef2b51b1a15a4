# SPDX-License-Identifier: GPL-2.0-only
"""What remains of domains that came and went: nothing."""

import os
import re

import pytest

pytestmark = [pytest.mark.tools("ours"), pytest.mark.xen_long]


def remains(dom0):
    """All that a domain leaves traces in."""
    pid = dom0.pid("xend")
    return {
        "store": dom0.check("xenstore-ls -f / | sed 's/ = .*//' | grep -E '^/(local/domain|vm|libxl)'"),
        "watches and nodes of domains": dom0.check("xenstore-ls -f /local | wc -l"),
        "state files": dom0.check("ls /var/lib/xend/running"),
        "list": sorted(dom0.list()), "xl list": sorted(dom0.parse(dom0.check("xl list"))),
        "xend's files": dom0.check(f"ls /proc/{pid}/fd | wc -l"),
        "xend's children": dom0.check("pidof xend | wc -w"),
        "xenstored's files": dom0.check(f"ls /proc/{dom0.pid('xenstored')}/fd | wc -l"),
    }


def free_memory(dom0):
    return int(re.search(r"^free_memory +: (\d+)", dom0.must("info"), re.M).group(1))


def come_and_go(dom0):
    for name in ("x", "y", "z"):
        dom0.tiny(name, "", "memory=32", "vcpus=2")
    console = dom0.console("x")
    console.expect(rb"x is up", 20)
    dom0.must("reboot -w y")
    dom0.must("pause z")
    dom0.must("destroy z")
    dom0.must("shutdown -w y")
    dom0.must("destroy x")
    console.wait(20)
    dom0.tiny("broken", "crash")
    dom0.xm("create -q /etc/xen/tiny.cfg name=bad kernel=/etc/passwd")
    dom0.until(lambda rows: set(rows) == {"Domain-0"}, 20, "an empty list")


def test_nothing_is_left(dom0):
    """Once for what is only ever made once, then the comparison."""
    come_and_go(dom0)
    before, free = remains(dom0), free_memory(dom0)
    come_and_go(dom0)
    assert remains(dom0) == before
    dom0.machine.until(lambda: free_memory(dom0) >= free, 20, "the memory to come back")


@pytest.mark.long
def test_hundred_times(dom0):
    """A long run (ROUNDS=N: so long): ends of all kinds, consoles that are looked at and not, clients that hang
    up. Nobody grows."""
    rounds = r"""
        for i in $(seq {}); do
            xm create -q /etc/xen/tiny.cfg name=n$i vcpus=2 && xm create -q -p /etc/xen/tiny.cfg name=m$i || exit 1
            xm list -l > /dev/null && xm info > /dev/null && xm rename m$i k$i || exit 1
            (xm console -r n$i < /dev/null > /dev/null & sleep 0.1; kill $!)
            xm shutdown -w n$i & xm destroy k$i && wait $! || exit 1
            xm create -q /etc/xen/tiny.cfg name=bad kernel=/etc/passwd 2> /dev/null && exit 1
            xm destroy nobody 2> /dev/null && exit 1
            true
        done"""
    dom0.check(rounds.format(10), timeout=300)
    daemons = ("xend", "xenstored")
    before, grown, free = remains(dom0), [dom0.resident_kib(d) for d in daemons], free_memory(dom0)
    dom0.check(rounds.format(os.environ.get("ROUNDS", "100")), timeout=1200)
    assert remains(dom0) == before
    for daemon, kib in zip(daemons, grown):
        assert dom0.resident_kib(daemon) - kib < 400, daemon
    dom0.machine.until(lambda: free_memory(dom0) >= free, 20, "the memory to come back")


def test_ten_times(dom0):
    """And xend does not grow."""
    loop = "for i in {}; do xm create -q /etc/xen/tiny.cfg name=n$i && xm destroy n$i || exit 1; done"
    dom0.check(loop.format("1 2 3 4"))
    before, grown, free = remains(dom0), dom0.resident_kib("xend"), free_memory(dom0)
    dom0.check(loop.format("$(seq 10)"))
    assert remains(dom0) == before
    assert dom0.resident_kib("xend") - grown < 300
    dom0.machine.until(lambda: free_memory(dom0) >= free, 20, "the memory to come back")
