# SPDX-License-Identifier: GPL-2.0-only
"""Machines of many sizes: memory from 512 MiB to 16 GiB, 1 to 8 CPUs, nodes, more vcpus than CPUs."""

import re

import pytest

pytestmark = pytest.mark.hv("ours")
OURS = pytest.mark.tools("ours")
LONG = pytest.mark.long

# QEMU's -m, dom0_mem=, MiB that dom0 has then at least and at most; corner.py says max:1200M already
MEMORY = [
    ("512M", "288M,max:288M", 288, 288, ()),
    ("1G", "-512M", 360, 420, LONG),
    ("3G", "40%", 1150, 1200, LONG),
    ("4G", "256M,min:512M,max:1G", 512, 512, LONG),
    ("5G", "3600M,max:3600M", 3600, 3600, ()),
    ("16G", "-13G,min:600M,max:2G", 2048, 2048, LONG),
]


def a_guest(dom0, *settings):
    dom0.tiny("small", "", *settings)
    dom0.says("small", "small is up")
    dom0.must("shutdown -w small")


def balloon(dom0):
    """Down and up again, while a guest has what dom0 gave."""
    full = dom0.list()["Domain-0"].mem
    low = full - 80
    dom0.must(f"mem-set Domain-0 {low}")
    dom0.until(lambda rows: rows["Domain-0"].mem == low, 120, "dom0 is smaller")
    a_guest(dom0, "memory=48")
    dom0.must(f"mem-set Domain-0 {full}")
    dom0.until(lambda rows: rows["Domain-0"].mem == full, 120, "dom0 has all its memory again")


@OURS
@pytest.mark.parametrize("size,option,least,most", [
    pytest.param(*row[:4], id=row[0], marks=row[4]) for row in MEMORY])
def test_memory(machine_of, size, option, least, most):
    dom0 = machine_of("memory-" + size, memory=size, xen_args="dom0_mem=" + option)
    assert least <= dom0.list()["Domain-0"].mem <= most
    a_guest(dom0)
    balloon(dom0)


@OURS
@pytest.mark.parametrize("cpus", [1, pytest.param(3, marks=LONG), pytest.param(8, marks=LONG)])
def test_cpus(machine_of, cpus):
    dom0 = machine_of(f"cpus-{cpus}", smp=cpus)
    assert dom0.check("nproc") == f"{cpus}\n"
    a_guest(dom0, f"vcpus={cpus}")


@pytest.mark.tools("xl")
def test_nodes(machine_of):
    """xl places a guest on one of two nodes, and its memory comes from there."""
    dom0 = machine_of("nodes", xen_args="numa=fake=2")
    info = dom0.must("info -n")
    assert re.search(r"^nr_nodes +: 2$", info, re.M)
    rows = re.findall(r"^ +([01]): +(\d+) +(\d+) +(10,20|20,10)$", info, re.M)
    assert [r[0] for r in rows] == ["0", "1"] and all(int(r[1]) > 1500 and 0 < int(r[2]) < 1500 for r in rows)
    dom0.create("placed")
    home = re.search(r"^placed .* all / ([01])\s*$", dom0.must("vcpu-list placed"), re.M).group(1)
    dom0.must("debug-keys u")
    where = re.search(r"Domain 1 \(total: (\d+)\):\n.*Node 0: (\d+)\n.*Node 1: (\d+)\n", dom0.must("dmesg"))
    total, of = int(where.group(1)), {"0": int(where.group(2)), "1": int(where.group(3))}
    assert of[home] == total > 10000
    dom0.must("destroy placed")


@OURS
@pytest.mark.long
def test_32_vcpus_on_two_cpus(machine_of):
    """dom0 has 32, and so does a guest with Debian's kernel; one goes and comes back."""
    dom0 = machine_of("vcpus-32", xen_args="dom0_max_vcpus=32")
    assert dom0.check("nproc") == "32\n"
    dom0.create("many", "vcpus=32", "memory=256")
    guest = dom0.shell("many")
    assert guest.run("dmesg -n 1; nproc", timeout=240) == ("32\n", 0)
    dom0.must("vcpu-set -i many 31")
    dom0.machine.until(lambda: guest.run("nproc") == ("31\n", 0), 120, "31 vcpus in the guest")
    assert dom0.list()["many"].vcpus == 31
    guest.leave()


# Two loops of forks that count, and what a distribution's udev rule does with a CPU that is there again.
BUSY = ("{ for i in 1 2; do (n=0; while (true); do n=$((n+1)); echo $n > /tmp/forks.new$i; "
        "mv /tmp/forks.new$i /tmp/forks$i; done) & done; "
        "(while sleep 0.3; do for f in /sys/devices/system/cpu/cpu[123]/online; do echo 1 > $f; done; "
        "done) & } 2> /dev/null")
FORKS = "cat /tmp/forks[12]"


def worked(say):
    """A function that tells whether each of the loops has gone on since it was last asked."""
    before = [0, 0]

    def asked():
        now = [int(n) for n in say(FORKS).split()]
        more = len(now) == 2 and all(a > b for a, b in zip(now, before))
        if more:
            before[:] = now
        return more
    return asked


@OURS
@pytest.mark.long
def test_vcpus_come_and_go_while_they_fork(machine_of):
    """Four vcpus of a guest and four of dom0 on two CPUs, all busy; some are taken away and given back."""
    dom0 = machine_of("vcpus-hot", xen_args="dom0_max_vcpus=4")
    dom0.create("hot", "vcpus=4", "memory=200")
    guest = dom0.shell("hot")
    guest.run(f"dmesg -n 1; {BUSY}")
    dom0.check(f"{BUSY} > /dev/null < /dev/null")
    guest_worked, dom0_worked = worked(lambda c: guest.run(c)[0]), worked(dom0.check)
    for n in (1, 4, 2, 3, 1, 4):
        other = 5 - n
        dom0.must(f"vcpu-set -i hot {n}")
        dom0.must(f"vcpu-set -i Domain-0 {other}")
        dom0.until(lambda rows, n=n: rows["hot"].vcpus == n, 120, f"{n} vcpus in the guest")
        dom0.until(lambda rows, n=other: rows["Domain-0"].vcpus == n, 120, f"{other} vcpus in dom0")
        dom0.machine.until(guest_worked, 60, "the guest's loops")
        dom0.machine.until(dom0_worked, 60, "dom0's loops")
    guest.leave()
