# SPDX-License-Identifier: GPL-2.0-only
"""Two machines joined by a cable: a guest moves from one to the other and back while it writes; the cable is pulled."""

import json
import socket

import pytest

from corner import Corner
from dom0 import Dom0
from writer import Writer

pytestmark = [pytest.mark.hv("ours"), pytest.mark.tools("ours"), pytest.mark.long]

NET = "192.168.77."


@pytest.fixture
def hosts(corner):
    ends = socket.socketpair()
    machines = []
    try:
        for number, end in enumerate(ends):
            hv, tools = corner.split("-")
            machines.append(Corner(hv, tools, image="system.cpio", link=end).boot(f"host-{number + 1}"))
        found = [Dom0(m, "ours", "ours", "/boot/guest/vmlinux.gz") for m in machines]
        for number, host in enumerate(found):
            # the cards come in the order of their slots: the link's is the second one
            host.check(f"modprobe virtio_net; ip addr add {NET}{number + 1}/24 dev eth1; ip link set eth1 up")
        yield found
    finally:
        for machine in machines:
            machine.stop()


def begin(one, two):
    """A migration that takes long, of which the other host has begun with its half."""
    session = one.machine.spawn(f"xm migrate -l -b 1 mover {NET}2")
    one.machine.until(lambda: one.machine.link.idle, 60, "the command's way to the agent")
    two.until(lambda rows: "mover" in rows, 120, "the arriving half")
    return session


def stays(one, writer, session):
    assert session.wait(180) == 1 and "the domain goes on here" in session.output, session.output
    assert set(one.list()) == {"Domain-0", "mover"}
    writer.goes_on()


def test_between_two_machines(hosts):
    one, two = hosts
    one.check(f"ping -c 2 {NET}2")
    writer = Writer(one, "mover", 2)
    found = json.loads(one.must(f"migrate --json -l mover {NET}2", timeout=300))
    assert found["rounds"] >= 1 and set(one.list()) == {"Domain-0"}
    writer.dom0 = two
    writer.again()
    writer.is_whole()

    writer.start()
    writer.guest.leave()
    two.must(f"migrate -l mover {NET}1", timeout=300)
    writer.dom0 = one
    writer.again()
    writer.goes_on()

    # the other xend is killed while memory goes to it; the next one clears up
    session = begin(one, two)
    two.kill("xend")
    stays(one, writer, session)
    two.check("xend")
    two.until(lambda rows: set(rows) == {"Domain-0"}, 180, "the end of the arriving half")

    # it hangs, and the cable is pulled; then it goes on with what it had
    session = begin(one, two)
    two.check(f"kill -STOP {two.pid('xend')}; ip link set eth1 down")
    stays(one, writer, session)
    two.check(f"kill -CONT {two.pid('xend')}")
    two.until(lambda rows: set(rows) == {"Domain-0"}, 180, "the end of the arriving half")

    # the cable is still out: there is no way to begin
    session = one.machine.spawn(f"xm migrate -l mover {NET}2")
    stays(one, writer, session)

    # the cable is pulled while its memory goes over it
    two.check("ip link set eth1 up")
    one.check(f"n=0; until ping -c 1 -W 1 {NET}2; do n=$((n+1)); [ $n -lt 60 ] || exit 1; done")
    session = begin(one, two)
    two.check("ip link set eth1 down")
    stays(one, writer, session)
    writer.is_whole()
    two.until(lambda rows: set(rows) == {"Domain-0"}, 180, "the end of the arriving half")
    writer.guest.leave()
