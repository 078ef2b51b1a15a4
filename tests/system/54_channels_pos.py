# SPDX-License-Identifier: GPL-2.0-only
"""Consoles beside the first and channels, with Linux's own driver in the guest."""

import pytest

pytestmark = [pytest.mark.tools("ours"), pytest.mark.hv("ours")]

SOCKET = "/run/many.sock"


@pytest.fixture(name="guest")
def many(dom0):
    dom0.create("many", 'serial="pty"', 'channel=["name=org.example.agent,connection=socket,'
                f'path={SOCKET}", "name=org.example.tty,connection=pty"]')
    shell = dom0.shell("many")
    yield shell
    shell.leave()


def echoes(guest, number):
    """The guest gives back what comes on this console."""
    out, rc = guest.run(f"{{ (stty raw -echo; exec cat) < /dev/hvc{number} > /dev/hvc{number} & }}")
    assert rc == 0, out


def by_socket(dom0, word):
    """Say a word on the socket, and what comes back."""
    return dom0.check(f"echo {word} | poke {SOCKET} ask {len(word) + 1}")


def test_serial_and_channels(dom0, guest):
    domid = dom0.list()["many"].domid
    second = dom0.console("many", "-n 1")
    out, rc = guest.run("stty raw -echo < /dev/hvc1; echo it is hvc1 > /dev/hvc1")
    assert rc == 0, out
    second.expect(rb"it is hvc1", 20)
    second.send("typed\r")
    out, rc = guest.run("head -c 5 /dev/hvc1")
    assert rc == 0 and out == "typed"
    second.hangup()
    assert "it is hvc1" in dom0.check("cat '/var/log/xend/console/many#1.log'")
    rows = [row.split() for row in dom0.must("channel-list many").splitlines()[1:]]
    assert [row[2:5] for row in rows] == [["4", "console", "-"], ["4", "socket", "org.example.agent"],
                                          ["4", "pty", "org.example.tty"]]
    echoes(guest, 2)
    echoes(guest, 3)
    assert by_socket(dom0, "ping") == "ping\n"
    talk = "tty=$(xenstore-read /local/domain/%d/device/console/3/tty); exec 3<>$tty; echo %s >&3; head -n1 <&3"
    assert dom0.check(talk % (domid, "pong")) == "pong\n"
    # The next xend makes both ends again, and the guest notices nothing.
    dom0.kill("xend")
    dom0.check("xend")
    assert by_socket(dom0, "again") == "again\n"
    assert dom0.check(talk % (domid, "afresh")) == "afresh\n"
    dom0.must("destroy many")
    assert dom0.run(f"test -e {SOCKET}").rc == 1
    assert dom0.run(f"xenstore-exists /local/domain/0/backend/console/{domid}").rc == 1
