# SPDX-License-Identifier: GPL-2.0-only
"""Ways in which a guest ends or starts again, and what it sees of the machine."""

import re

import pytest


def test_two_vcpus_and_memory(dom0):
    dom0.create("smp", "vcpus=2", "memory=200")
    guest = dom0.shell("smp")
    assert guest.run("nproc") == ("2\n", 0)
    assert guest.run("for c in 0 1; do taskset -c $c true || exit 1; done")[1] == 0
    total = int(re.search(r"MemTotal: +(\d+)", guest.run("cat /proc/meminfo")[0]).group(1))
    assert 100 * 1024 < total <= 200 * 1024
    assert guest.run("cat /sys/hypervisor/type /proc/xen/capabilities 2>/dev/null")[0] == "xen\n"
    guest.leave()
    assert dom0.list()["smp"].vcpus == 2


def test_poweroff_from_inside(dom0):
    dom0.create("self", 'extra="console=hvc0 stop=now"')
    dom0.until(lambda rows: "self" not in rows, 120, "the end of a guest that powers itself off")


def test_reboot(dom0):
    dom0.create("again")
    first = dom0.list()["again"].domid
    dom0.shell("again").leave()
    dom0.must("reboot again")
    dom0.until(lambda rows: "again" in rows and rows["again"].domid > first, 120, "the restarted guest")
    guest = dom0.shell("again")
    assert guest.run("hostname") == ("again\n", 0)
    guest.leave()


def test_crash_is_destroyed(dom0):
    dom0.create("broken", 'extra="console=hvc0 crash=now"')
    dom0.until(lambda rows: "broken" not in rows, 120, "the end of a guest that crashed")


@pytest.mark.xen_long
def test_busy_guests_share(dom0):
    """Two guests that never sleep, and dom0 still answers; both get processor time."""
    for name in ("hot1", "hot2"):
        dom0.create(name, "memory=128")
    for name in ("hot1", "hot2"):
        guest = dom0.shell(name)
        guest.run("{ while :; do :; done & }")
        guest.leave()
    before = dom0.list()
    dom0.check("sleep 4")
    after = dom0.list()
    for name in ("hot1", "hot2"):
        assert after[name].time - before[name].time > 0.5, (before, after)
