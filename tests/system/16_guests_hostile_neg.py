# SPDX-License-Identifier: GPL-2.0-only
"""Guests that misbehave (tests/guests/tiny.c); the daemons and the other guests do not notice."""

import pytest

pytestmark = [pytest.mark.tools("ours"), pytest.mark.hv("ours")]

LOG = "/var/log/xend/console"


@pytest.fixture
def bystander(dom0):
    """A decent guest, beside; afterwards its console and its store still work, and the daemons
    are the same."""
    dom0.tiny("decent")
    dom0.says("decent", "decent is up")
    before = dom0.pid("xend"), dom0.pid("xenstored")
    yield "decent"
    console = dom0.console("decent")
    console.send("anybody there\r")
    console.expect(rb"tiny: typed anybody there", 20)
    console.hangup()
    dom0.must("shutdown -w decent")
    assert (dom0.pid("xend"), dom0.pid("xenstored")) == before


def test_rubbish_in_console_ring(dom0, bystander):
    dom0.tiny("rubbish", "rubbish-console")
    dom0.says("rubbish", "the guest wrote rubbish into its console ring")
    out = dom0.check(f"grep -c 'rubbish into its' {LOG}/rubbish.log")
    assert out.strip() == "1"
    # Its console is shut, the rest of it goes on: also the store.
    assert "rubbish" in dom0.list()
    dom0.must("shutdown -w rubbish")
    assert set(dom0.list()) == {"Domain-0", bystander}


def test_rubbish_in_store_ring(dom0, bystander):
    dom0.tiny("rubbish", "rubbish-store")
    dom0.says("rubbish", "rubbish into the store ring")
    console = dom0.console("rubbish")
    console.send("console lives\r")
    console.expect(rb"tiny: typed console lives", 20)
    console.hangup()
    dom0.must("destroy rubbish")
    assert set(dom0.list()) == {"Domain-0", bystander}


def test_both_and_again(dom0, bystander):
    """A second start of the same guest gets good rings."""
    dom0.tiny("rubbish", "rubbish-store rubbish-console")
    dom0.says("rubbish", "the guest wrote rubbish into its console ring")
    dom0.must("destroy rubbish")
    dom0.check(f"rm {LOG}/rubbish.log")
    dom0.tiny("rubbish")
    dom0.says("rubbish", "rubbish is up")
    dom0.must("shutdown -w rubbish")


def test_junk_in_store_ring(dom0, bystander):
    dom0.tiny("junk", "junk-store")
    for error in ("ENOSYS", "EINVAL", "EACCES", "ENOENT"):
        dom0.says("junk", f"the store says {error}")
    console = dom0.console("junk")
    console.send("still here\r")
    console.expect(rb"tiny: typed still here", 20)
    console.hangup()
    dom0.must("destroy junk")


def test_flood_of_output(dom0, bystander):
    """It gets its share, and no more: the list answers, the log stays within its cap."""
    dom0.tiny("flood", "flood")
    dom0.says("flood", "0123456789")
    for _ in range(3):
        assert dom0.xm("list").seconds < 10
    dom0.must("destroy flood")
    assert int(dom0.check(f"cat {LOG}/flood.log* | wc -c")) <= 3 << 20


def test_console_reader_that_stops_reading(dom0, bystander):
    dom0.tiny("flood", "flood")
    ask = '{"jsonrpc":"2.0","id":1,"method":"console.attach","params":{"domain":"flood"}}\n'
    session = dom0.machine.spawn("poke /run/xend/xend.sock deaf 1")
    session.send(ask)
    session.end_input()
    session.expect(rb"deaf: sent 1\n", 30)
    second = dom0.console("flood")
    second.expect(rb"0123456789.*0123456789", 30)
    second.hangup(kill=True)
    session.hangup(kill=True)
    session.wait()
    dom0.must("destroy flood")


@pytest.mark.parametrize("how", ["crash", "fault"])
def test_crash_at_once(dom0, how):
    """on_crash=destroy; the last words are kept."""
    dom0.tiny("sigh", how)
    dom0.until(lambda rows: set(rows) == {"Domain-0"}, 20, "the end of a guest that crashed")
    assert dom0.check(f"tail -n1 {LOG}/sigh.log") == "tiny: last words\n"
    assert "sigh: domain" in dom0.check("grep 'shut down (crash): destroy' /var/log/xend/xend.log")


def test_crash_is_preserved(dom0):
    dom0.tiny("sigh", "crash", "on_crash=preserve")
    rows = dom0.until(lambda rows: "c" in rows["sigh"].state, 20, "a crashed guest in the list")
    assert rows["sigh"].state == "----c-", rows
    assert dom0.must("domstate sigh") == "crashed\n"
    console = dom0.console("sigh")
    console.expect(rb"last words", 20)
    console.hangup()
    r = dom0.xm("shutdown sigh")
    assert r.rc == 1 and "sigh" in r.out, r
    dom0.must("destroy sigh")


def test_crash_loop_is_broken(dom0):
    """on_crash=restart: started once more, and destroyed when it crashes again at once."""
    first = int(dom0.check("xm create -q /etc/xen/tiny.cfg name=loop extra=crash on_crash=restart && "
                           "xm domid Domain-0"))
    assert first == 0
    dom0.until(lambda rows: set(rows) == {"Domain-0"}, 30, "the end of a guest that always crashes")
    assert int(dom0.check(f"grep -c 'last words' {LOG}/loop.log")) == 2
    assert "second restart" in dom0.check("grep 'loop: ' /var/log/xend/xend.log")


def test_crash_rename_restart(dom0):
    dom0.tiny("phoenix", "", "on_crash=rename-restart")
    dom0.says("phoenix", "phoenix is up")
    first = dom0.list()["phoenix"].domid
    console = dom0.console("phoenix")
    console.send("crash\r")
    dom0.until(lambda rows: "phoenix" in rows and rows["phoenix"].domid > first, 20, "the new one")
    rows = dom0.list()
    old = [r for r in rows.values() if r.domid == first]
    assert len(old) == 1 and "c" in old[0].state and old[0].name.startswith("Domain-"), rows
    console.hangup(kill=True)
    dom0.must(f"destroy {old[0].name}")
    dom0.must("shutdown -w phoenix")
    assert set(dom0.list()) == {"Domain-0"}
