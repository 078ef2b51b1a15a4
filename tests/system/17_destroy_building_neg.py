# SPDX-License-Identifier: GPL-2.0-only
"""A domain destroyed while it is being built, by xm or by the end of xend."""

import re

import pytest

pytestmark = [pytest.mark.tools("ours"), pytest.mark.xen_long]


def free_memory(dom0):
    return int(re.search(r"^free_memory +: (\d+)", dom0.must("info"), re.M).group(1))


def settled(dom0, free):
    """Nothing left: list, store, state files, memory."""
    dom0.until(lambda rows: set(rows) == {"Domain-0"}, 30, "an empty list")
    assert dom0.check("xenstore-list /local/domain").split() == ["0"]
    assert dom0.check("ls /var/lib/xend/running") == ""
    dom0.machine.until(lambda: free_memory(dom0) >= free - 1, 20, "the memory to come back")


WORKER = "xend=$(cat /run/xend/xend.pid); cat /proc/$xend/task/$xend/children"


def building(dom0):
    """A domain whose build is under way, its worker held up; its `xm create`."""
    session = dom0.machine.spawn("xm create -q /etc/xen/demo.cfg name=slow")
    dom0.check(f"n=0; until kill -STOP $({WORKER}) 2>/dev/null; do "
               "n=$((n+1)); [ $n -lt 2000 ] || exit 1; usleep 1000; done")
    assert dom0.must("domstate slow") == "building\n"
    return session


def go_on(dom0):
    dom0.check(f"kill -CONT $({WORKER})")


def test_destroy_while_building(dom0):
    free = free_memory(dom0)
    session = building(dom0)
    dom0.must("destroy slow")
    assert session.wait(60) == 1
    assert "slow" in session.output and "destroyed while it was being built" in session.output
    settled(dom0, free)


def test_other_commands_while_building(dom0):
    session = building(dom0)
    assert "slow" in dom0.list()
    for command in ("pause", "unpause", "shutdown", "reboot"):
        r = dom0.xm(f"{command} slow")
        assert r.rc == 1 and "slow" in r.out, r
    r = dom0.xm("create -q /etc/xen/tiny.cfg name=slow")
    assert r.rc == 1 and "exists" in r.out, r
    dom0.tiny("quick")
    go_on(dom0)
    assert session.wait(60) == 0
    assert {"slow", "quick"} <= set(dom0.list())


def test_client_gone_while_building(dom0):
    """Whoever asked for it may leave; the domain comes all the same, as with any request."""
    session = building(dom0)
    session.hangup(kill=True)
    go_on(dom0)
    dom0.machine.until(lambda: dom0.must("domstate slow") in ("running\n", "idle\n"), 60, "the domain")
    dom0.must("destroy slow")


def test_worker_killed(dom0):
    """As by a kernel short of memory."""
    free = free_memory(dom0)
    session = building(dom0)
    dom0.check(f"kill -9 $({WORKER})")
    assert session.wait(60) == 1
    assert session.output.startswith("Error: Domain slow: building: "), session.output
    settled(dom0, free)


def test_xend_killed_while_building(dom0):
    free = free_memory(dom0)
    session = building(dom0)
    dom0.check("kill -9 $(cat /run/xend/xend.pid)")
    assert session.wait(60) == 1
    assert session.output.startswith("Error: ")
    dom0.check("while pidof xend > /dev/null; do kill -CONT $(pidof xend); usleep 20000; done; "
               "/usr/sbin/xend")
    settled(dom0, free)


def test_many_destroyed_at_any_point(dom0):
    """Destroyed 0, 20, 40, ... ms after the start of their creation."""
    free = free_memory(dom0)
    dom0.check("""for ms in 0 20 40 60 80 120 160 200; do
        xm create -q /etc/xen/tiny.cfg name=brief memory=64 >/tmp/brief 2>&1 &
        usleep ${ms}000
        xm destroy brief 2>/dev/null
        wait
        xm destroy brief 2>/dev/null
        done; true""")
    settled(dom0, free)
