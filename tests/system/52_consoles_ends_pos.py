# SPDX-License-Identifier: GPL-2.0-only
"""Consoles with several readers, and the orderly ends: shutdown, reboot, halt, destroy."""

import re

import pytest

pytestmark = [pytest.mark.tools("ours"), pytest.mark.hv("ours")]

LOG = "/var/log/xend/console"


def test_several_readers(dom0):
    """All see what is said, also before they came; one writes, then the next, or who takes over."""
    dom0.tiny("chat")
    dom0.says("chat", "chat is up")
    readers = [dom0.console("chat")]
    readers[0].expect(rb"chat is up", 20)
    readers += [dom0.console("chat") for _ in range(3)]
    for reader in readers[1:]:
        reader.expect(rb"read-only here.*chat is up", 20)
    readers[1].send("not me\r")
    readers[0].send("from 0\r")
    for reader in readers:
        reader.expect(b"typed from 0", 20)
    readers[0].send("\x1d")
    assert readers[0].wait(20) == 0
    readers[1].expect(rb"what you type goes to the domain now", 20)
    readers[1].send("from 1\r")
    readers[3].expect(b"typed from 1", 20)
    taker = dom0.console("chat", "-w -s 1")
    taker.expect(rb"typed from 1", 20)
    readers[1].expect(rb"this one only reads", 20)
    taker.send("poweroff\r")
    for reader in (taker, *readers[1:]):
        assert reader.wait(20) == 0
    assert "chat" not in dom0.list()


def test_scrollback(dom0):
    """As much of what was said as is asked for, also when the guest is no more."""
    dom0.check(f"rm -f {LOG}/scroll.log*")
    assert dom0.xm("console scroll").rc == 3
    dom0.tiny("scroll")
    dom0.says("scroll", "scroll is up")
    assert dom0.check("printf '\\035' | xm console -q -s 1 scroll") == "tiny: scroll is up\n"
    assert dom0.check("printf '\\035' | xm console -q -s 0 scroll") == ""
    dom0.must("shutdown -w scroll")
    r = dom0.xm("console -s 2 scroll")
    assert r.rc == 3 and "does not exist. That was the end of its console's log." in r.out
    assert "tiny: scroll is up\n" in r.out and "tiny: asked for poweroff\n" in r.out
    r = dom0.xm("console -s 0 scroll")
    assert r.rc == 3 and r.out.strip() == "Error: Domain 'scroll' does not exist."


def test_console_in_a_pipe(dom0):
    """Standard input need not be a terminal."""
    dom0.tiny("piped")
    out = dom0.check("printf 'one\\npoweroff\\n' | xm console piped")
    assert "piped is up" in out and "typed one" in out


def test_log_file(dom0):
    dom0.check(f"rm -f {LOG}/logged.log")
    dom0.tiny("logged")
    dom0.says("logged", "logged is up")
    dom0.must("reboot -w logged")
    dom0.must("shutdown -w logged")
    log = dom0.check(f"cat {LOG}/logged.log")
    assert re.fullmatch(r"(TAP version 13\n(ok .*\n)+tiny: logged is up\n)tiny: asked for reboot\n"
                        r"\1tiny: asked for poweroff\n", log), log
    assert dom0.check(f"stat -c %a {LOG}/logged.log") == "600\n"


def test_input_while_paused_is_kept(dom0):
    dom0.tiny("slow", options="-p")
    console = dom0.console("slow")
    console.send("early\r")
    dom0.must("unpause slow")
    console.expect(rb"typed early", 20)
    console.hangup()


@pytest.mark.parametrize("command,word", [
    ("shutdown -w", "poweroff"), ("shutdown -w -H", "halt"), ("shutdown --wait --halt", "halt")])
def test_shutdown(dom0, command, word):
    dom0.tiny("end")
    dom0.says("end", "end is up")
    dom0.must(f"{command} end")
    assert "end" not in dom0.list()
    assert dom0.check(f"tail -n1 {LOG}/end.log") == f"tiny: asked for {word}\n"


def test_reboot_gives_a_new_domain(dom0):
    """The same name, uuid and console; another id."""
    dom0.tiny("again", "", "memory=24")
    first = dom0.list()["again"]
    uuid = dom0.check(f"xenstore-read /local/domain/{first.domid}/vm")
    console = dom0.console("again")
    console.expect(rb"again is up", 20)
    dom0.must("reboot -w again")
    second = dom0.list()["again"]
    assert second.domid > first.domid and second.mem == first.mem
    assert dom0.check(f"xenstore-read /local/domain/{second.domid}/vm") == uuid
    assert dom0.run(f"xenstore-exists /local/domain/{first.domid}").rc == 1
    console.expect(rb"asked for reboot.*again is up", 20)
    console.send("hello\r")
    console.expect(rb"typed hello", 20)
    console.hangup()


def test_reboot_from_inside(dom0):
    dom0.tiny("self")
    first = dom0.list()["self"].domid
    console = dom0.console("self")
    console.send("reboot\r")
    dom0.until(lambda rows: "self" in rows and rows["self"].domid > first, 20, "the restarted guest")
    console.hangup()


def test_actions_as_configured(dom0):
    dom0.tiny("keep", "", "on_poweroff=preserve", "on_reboot=destroy")
    dom0.must("shutdown -w keep")
    row = dom0.list()["keep"]
    assert row.state == "---s--" and row.domid > 0
    assert dom0.check(f"xenstore-read /local/domain/{row.domid}/xend/shutdown_completed") == "True\n"
    dom0.must("destroy keep")
    dom0.tiny("keep", "", "on_reboot=destroy")
    dom0.says("keep", "keep is up")
    dom0.must("reboot -w keep")
    assert "keep" not in dom0.list()


def test_shutdown_of_all(dom0):
    for name in ("a1", "b2", "c3"):
        dom0.tiny(name)
    dom0.must("shutdown -a -w")
    assert set(dom0.list()) == {"Domain-0"}


def test_destroy_of_each_state(dom0):
    dom0.tiny("running")
    dom0.tiny("paused", options="-p")
    dom0.tiny("dead", "poweroff", "on_poweroff=preserve")
    dom0.until(lambda rows: rows["dead"].state == "---s--", 20, "a guest that has powered off")
    for name in ("running", "paused", "dead"):
        dom0.must(f"destroy {name}")
        assert name not in dom0.list()
