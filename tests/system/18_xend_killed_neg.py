# SPDX-License-Identifier: GPL-2.0-only
"""kill -9 of xend: guests do not notice, and the next xend takes them up."""

import pytest

pytestmark = [pytest.mark.tools("ours"), pytest.mark.hv("ours")]


def restart(dom0):
    dom0.kill("xend")
    dom0.check("/usr/sbin/xend")


def test_guest_goes_on(dom0):
    dom0.tiny("web", "", "memory=24", "vcpus=2")
    dom0.tiny("db")
    dom0.must("pause db")
    before = dom0.list()
    console = dom0.console("web")
    console.send("one\r")
    console.expect(rb"typed one", 20)

    dom0.kill("xend")
    console.wait(20)
    dom0.check("/usr/sbin/xend")
    after = dom0.list()
    for name in ("web", "db"):
        a, b = before[name], after[name]
        assert (a.domid, a.mem, a.vcpus) == (b.domid, b.mem, b.vcpus)
    assert "p" in after["db"].state and "p" not in after["web"].state

    # The console, with what was said before, and both ways.
    console = dom0.console("web")
    console.expect(rb"web is up.*typed one", 20)
    console.send("two\r")
    console.expect(rb"typed two", 20)
    console.hangup()

    # on_poweroff acts on both ways to go, and nothing is left.
    dom0.must("unpause db")
    dom0.must("shutdown -w web")
    console = dom0.console("db")
    console.send("poweroff\r")
    dom0.until(lambda rows: set(rows) == {"Domain-0"}, 20, "an empty list")
    assert dom0.check("xenstore-list /local/domain").split() == ["0"]


def test_guest_ends_while_xend_is_away(dom0):
    """Its end is dealt with by the next xend: destroyed, restarted or preserved."""
    for action in ("destroy", "restart", "preserve"):
        dom0.tiny(action, "", f"on_poweroff={action}")
        dom0.says(action, f"{action} is up")
    before = dom0.list()
    dom0.kill("xend")
    for action in ("destroy", "restart", "preserve"):
        dom0.check(f"xenstore-write /local/domain/{before[action].domid}/control/shutdown poweroff")
        dom0.check(f"n=0; while [ -n \"$(xenstore-read /local/domain/{before[action].domid}"
                   "/control/shutdown)\" ]; do usleep 20000; done")
    dom0.check("/usr/sbin/xend")
    rows = dom0.until(lambda rows: set(rows) == {"Domain-0", "restart", "preserve"} and
                      rows["restart"].domid > before["restart"].domid, 20, "what was to be done")
    assert rows["preserve"].state == "---s--" and rows["preserve"].domid == before["preserve"].domid
    # What it said while nobody listened is in the log.
    dom0.says("destroy", "tiny: asked for poweroff")


def test_preserved_stays_preserved(dom0):
    dom0.tiny("late", "poweroff", "on_poweroff=preserve")
    dom0.until(lambda rows: rows["late"].state == "---s--", 20, "a guest that has powered off")
    restart(dom0)
    assert dom0.list()["late"].state == "---s--"
    dom0.must("destroy late")


def test_killed_again_and_again(dom0):
    dom0.tiny("tough")
    for _ in range(3):
        restart(dom0)
    assert "tough" in dom0.list()
    console = dom0.console("tough")
    console.send("hello\r")
    console.expect(rb"typed hello", 20)
    console.hangup()
    assert "asked for" not in dom0.check("cat /var/log/xend/console/tough.log")
    dom0.must("reboot -w tough")
    assert "tough" in dom0.list()


def test_name_is_still_taken(dom0):
    dom0.tiny("unique")
    restart(dom0)
    r = dom0.xm("create -q /etc/xen/tiny.cfg name=unique")
    assert r.rc == 1 and "exists" in r.out, r


def test_linux_guest_survives(dom0):
    """Debian's kernel: its shell is the same one after."""
    dom0.create("real", "memory=128")
    guest = dom0.shell("real")
    assert guest.run("x=$((40 + 2))")[1] == 0
    dom0.kill("xend")
    guest.session.wait(20)
    dom0.check("/usr/sbin/xend")
    session = dom0.console("real")
    session.send("echo kept $((x * 1000))\n")
    session.expect(rb"\nkept 42000\r", 60)
    session.hangup()
    dom0.must("shutdown -w real")
