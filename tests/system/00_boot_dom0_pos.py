# SPDX-License-Identifier: GPL-2.0-only
"""dom0 itself: processors, memory, time, processes."""

import re
import time


def test_is_control_domain(dom0):
    assert dom0.check("cat /proc/xen/capabilities").strip() == "control_d"
    version = dom0.check("cd /sys/hypervisor/version; cat major minor").split()
    assert version == ["4", "17"]
    extra = dom0.check("cat /sys/hypervisor/version/extra").strip()
    assert bool(re.fullmatch(r"\.\d+(-pre|-rc\d+)?", extra)) == (dom0.hv == "xen")


def test_all_processors(dom0):
    assert dom0.check("nproc").strip() == "2"
    for cpu in (0, 1):
        where = dom0.check(f"taskset -c {cpu} cut -d' ' -f39 /proc/self/stat")
        assert where.strip() == str(cpu)


def test_memory_as_asked(dom0):
    total = int(re.search(r"MemTotal: +(\d+)", dom0.check("cat /proc/meminfo")).group(1))
    assert 1000 * 1024 < total <= 1200 * 1024


def test_clock_keeps_time(dom0):
    """Three seconds of sleep in dom0 are three seconds here, up to the load of this host."""
    start = time.monotonic()
    before, after = dom0.check("cut -d' ' -f1 /proc/uptime; sleep 3; cut -d' ' -f1 /proc/uptime").split()
    here = time.monotonic() - start
    assert 3.0 <= float(after) - float(before) <= here + 0.1


def test_many_processes(dom0):
    out = dom0.check("i=0; while [ $i -lt 100 ]; do (echo $i | md5sum) & i=$((i+1)); done | sort -u; wait")
    assert len(out.strip().split("\n")) == 100


def test_user_faults_stay_there(dom0):
    """A program that faults gets its signal; the machine goes on."""
    assert dom0.run("sh -c 'kill -SEGV $$'").rc == 139
    assert dom0.run("(ulimit -v 20000; dd if=/dev/zero of=/dev/null bs=64M count=1)").rc != 0
    assert dom0.check("echo alive").strip() == "alive"
