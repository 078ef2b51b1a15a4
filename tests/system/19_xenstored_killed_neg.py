# SPDX-License-Identifier: GPL-2.0-only
"""kill -9 of xenstored with guests running: nodes, watches and guests' rings survive."""

import pytest

pytestmark = [pytest.mark.tools("ours"), pytest.mark.hv("ours")]


def restart(dom0):
    dom0.kill("xenstored")
    dom0.check("/usr/sbin/xenstored")


def test_nodes_and_guests_survive(dom0):
    dom0.tiny("keep")
    dom0.says("keep", "keep is up")
    dom0.check("xenstore-write /test/a 1 /test/b two")
    domid = dom0.list()["keep"].domid
    # Its ring's connection and the daemon's memory of it are all that may differ.
    tree = "xenstore-ls -fp / | grep -v '^/tool/'"
    before = dom0.check(tree)
    restart(dom0)
    assert dom0.check(tree) == before
    assert dom0.check(f"xenstore-read /local/domain/{domid}/name").strip() == "keep"
    assert "keep" in dom0.list()
    dom0.check("xenstore-rm /test")
    dom0.must("shutdown -w keep", timeout=30)
    assert set(dom0.list()) == {"Domain-0"}
    assert dom0.check("xenstore-list /local/domain").split() == ["0"]


def test_create_after(dom0):
    restart(dom0)
    dom0.machine.until(lambda: dom0.xm("create -q /etc/xen/tiny.cfg name=next").rc == 0, 20,
                       "create after the store came back")
    dom0.must("reboot -w next")
    dom0.must("shutdown -w next")


def test_killed_under_load(dom0):
    """Three times while a writer writes: what was acknowledged is there."""
    dom0.check("rm -f /tmp/stop /tmp/done; (i=0; while [ ! -e /tmp/stop ]; do i=$((i+1)); "
               "xenstore-write /load/n $i 2>/dev/null && echo $i > /tmp/done; done) & true")
    for _ in range(3):
        dom0.check("n=$(cat /tmp/done 2>/dev/null); until [ \"$(cat /tmp/done 2>/dev/null)\" != \"$n\" ]; "
                   "do usleep 20000; done")
        restart(dom0)
    acknowledged = int(dom0.check("touch /tmp/stop; usleep 500000; cat /tmp/done"))
    stored = int(dom0.check("xenstore-read /load/n; xenstore-rm /load"))
    assert stored in (acknowledged, acknowledged + 1)


def test_both_daemons_killed(dom0):
    dom0.tiny("both")
    dom0.says("both", "both is up")
    dom0.kill("xend")
    restart(dom0)
    dom0.check("/usr/sbin/xend")
    assert "both" in dom0.list()
    dom0.must("shutdown -w both", timeout=30)


def test_linux_guest_survives(dom0):
    """Debian's kernel still takes what the tools ask through the store."""
    dom0.create("real", "memory=128")
    dom0.shell("real").leave()
    restart(dom0)
    dom0.must("shutdown -w real", timeout=60)
    assert set(dom0.list()) == {"Domain-0"}
