# SPDX-License-Identifier: GPL-2.0-only
"""CPU pools, weights and caps, pinning, vcpus that come and go: by the packaged tools."""

import re

import pytest

pytestmark = [pytest.mark.tools("xl"), pytest.mark.hv("ours")]


def cpus_of(dom0):
    """CPU list of each pool."""
    return dict(line.split()[:2] for line in dom0.must("cpupool-list -c").splitlines()[1:])


def vcpus_of(dom0, name):
    """(CPU, state, hard affinity) of each vcpu of a domain."""
    rows = [line.split() for line in dom0.must(f"vcpu-list {name}").splitlines()[1:]]
    return [(r[3], r[4], r[6]) for r in rows]


def test_pools(dom0):
    assert cpus_of(dom0) == {"Pool-0": "0,1"}
    dom0.xm("cpupool-cpu-remove Pool-0 0,1")
    assert cpus_of(dom0) == {"Pool-0": "1"}  # the last one stays
    dom0.must("cpupool-cpu-add Pool-0 0")
    dom0.must("cpupool-cpu-remove Pool-0 1")
    assert cpus_of(dom0) == {"Pool-0": "0"}
    dom0.check("cat > /tmp/pool.cfg", input='name="side"\nsched="credit"\ncpus=[1]\n')
    dom0.must("cpupool-create /tmp/pool.cfg")
    try:
        assert cpus_of(dom0) == {"Pool-0": "0", "side": "1"}
        dom0.create("here", cfg="/etc/xen/tiny.cfg")
        dom0.must("cpupool-migrate here side")
        assert vcpus_of(dom0, "here")[0][0] == "1"
        assert re.search(r"^side +1 +credit +y +1$", dom0.must("cpupool-list"), re.M)
        assert dom0.xm("cpupool-destroy side").rc != 0
        dom0.must("sched-credit -d here -w 300 -c 50")
        assert re.search(r"^here +\d+ +300 +50$", dom0.must("sched-credit -d here"), re.M)
        assert dom0.xm("sched-credit2 -d here -w 300").rc != 0
        dom0.must("cpupool-migrate here Pool-0")
        assert vcpus_of(dom0, "here")[0][0] == "0"
    finally:
        dom0.run("xl destroy here")
        dom0.must("cpupool-destroy side")
        dom0.must("cpupool-cpu-add Pool-0 1")
    assert cpus_of(dom0) == {"Pool-0": "0,1"}


def test_cpu_offline(dom0):
    """What ran on it goes on elsewhere."""
    hptool = "/usr/lib/xen-4.17/bin/xen-hptool"
    assert "CPU 1 offlined successfully" in dom0.run(f"{hptool} cpu-offline 1").out
    try:
        assert cpus_of(dom0) == {"Pool-0": "0"}
        assert re.search(r"^nr_cpus +: 1$", dom0.must("info"), re.M)
        assert all(cpu == "0" for cpu, _, _ in vcpus_of(dom0, "0"))
        assert "error 17" in dom0.run(f"{hptool} cpu-offline 1 2>&1").out
    finally:
        assert "CPU 1 onlined successfully" in dom0.run(f"{hptool} cpu-online 1").out
    assert cpus_of(dom0) == {"Pool-0": "0,1"}


def test_soft_and_hard_pinning(dom0):
    dom0.must("vcpu-pin 0 1 0 1")
    assert vcpus_of(dom0, "0")[1][2] == "0"
    dom0.must("vcpu-pin 0 1 all all")


def test_vcpus_come_and_go(dom0):
    dom0.must("vcpu-set 0 1")
    dom0.until(lambda _: dom0.run("cat /sys/devices/system/cpu/online").out.strip() == "0", 60, "one vcpu left")
    dom0.must("vcpu-set 0 2")
    # Linux makes it available; to use it again is somebody else's decision
    online = "/sys/devices/system/cpu/cpu1/online"
    dom0.until(lambda _: dom0.run(f"echo 1 > {online}; grep -q 1 {online}").rc == 0, 60, "the second is back")
    assert vcpus_of(dom0, "0")[1][0] in "01"
