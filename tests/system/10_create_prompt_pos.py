# SPDX-License-Identifier: GPL-2.0-only
"""A guest is created, boots, gives a shell on its console, and goes when asked to."""


def test_create_console_shutdown(dom0):
    dom0.create("web", "memory=160")
    rows = dom0.list()
    assert rows["web"].mem == 160 and rows["web"].vcpus == 1 and rows["web"].domid > 0

    console = dom0.console("web")
    console.expect(rb"guest# ", timeout=120)
    console.send("echo $((6 * 7))-$(hostname)\n")
    console.expect(rb"\n42-web\r", timeout=30)
    console.hangup()

    dom0.must("shutdown -w web")
    assert "web" not in dom0.list()


def test_pause_shows_p(dom0):
    dom0.create("lazy")
    dom0.must("pause lazy")
    assert "p" in dom0.list()["lazy"].state
    dom0.must("unpause lazy")
    assert "p" not in dom0.list()["lazy"].state


def test_two_guests_destroyed(dom0):
    dom0.create("one")
    dom0.create("two", "memory=128")
    rows = dom0.list()
    assert {"Domain-0", "one", "two"} == set(rows) and rows["two"].mem == 128
    dom0.must("destroy one")
    dom0.must("destroy two")
    dom0.until(lambda rows: set(rows) == {"Domain-0"}, 30, "an empty list")
