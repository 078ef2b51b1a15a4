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

    # the cable is pulled while its memory goes over it
    session = one.machine.spawn(f"xm migrate -l -b 1 mover {NET}2")
    one.machine.until(lambda: one.machine.link.idle, 60, "the command's way to the agent")
    two.until(lambda rows: "mover" in rows, 120, "the arriving half")
    two.check("ip link set eth1 down")
    assert session.wait(180) == 1 and "the domain goes on here" in session.output
    writer.is_whole()
    two.until(lambda rows: set(rows) == {"Domain-0"}, 180, "the end of the arriving half")
    assert set(one.list()) == {"Domain-0", "mover"}
    writer.guest.leave()
