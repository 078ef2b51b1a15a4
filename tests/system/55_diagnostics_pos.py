# SPDX-License-Identifier: GPL-2.0-only
"""The packaged programs that look at a hypervisor: ours answers them as the packaged one does."""

import re

import pytest

from packaged import output

pytestmark = pytest.mark.tools("xl")


def test_xenctx(dom0, diag):
    dom0.must("pause diag")
    plain = output(dom0, f"xenctx {diag}")
    assert re.search(r"^rip: ffffffff8[0-9a-f]+", plain, re.M) and "Call Trace:" in plain
    assert re.search(r"^ cs: e033\t ss: e02b", plain, re.M)
    everything = output(dom0, f"xenctx -a {diag}")
    assert re.search(r"^cr0: 000000008005003[13b]", everything, re.M)
    assert re.search(r"^cr4: 00000000000[0-9a-f]06[26][08]", everything, re.M), everything
    assert re.search(r"^dr6: 00000000ffff0ff0", everything, re.M)
    assert output(dom0, f"xenctx -C {diag}").startswith("vcpu0:\n")
    assert output(dom0, f"xenctx --all-vcpus {diag}").startswith("vcpu0:\n")
    assert "Stack Trace:" in output(dom0, f"xenctx -S {diag}")
    assert "Code (instr addr" in output(dom0, f"xenctx {diag} 0")
    assert "cannot trace dom0" in output(dom0, "xenctx 0", None)
    assert "No such process" in output(dom0, "xenctx 777", None)


def test_xentop(dom0, diag):
    rows = output(dom0, "xentop -b -i 1 -f").splitlines()
    assert rows[0].split()[:3] == ["NAME", "STATE", "CPU(sec)"]
    assert {row.split()[0] for row in rows[1:]} == {"Domain-0", "diag"}
    assert re.search(r"^VCPUs\(sec\): +0: ", output(dom0, "xentop -b -i 1 -v"), re.M)


def test_xenpm(dom0):
    states = output(dom0, "xenpm get-cpuidle-states")
    assert states.count("total C-states       : 2") == 2 and "Max possible C-state: " in states
    assert "cpu id               : 0" in output(dom0, "xenpm get-cpuidle-states 0")
    assert "cpu id" not in output(dom0, "xenpm get-cpuidle-states 9", None)
    assert re.search(r"^CPU1\t 1\t 0\t 0$", output(dom0, "xenpm get-cpu-topology"), re.M)
    assert "[CPU1] failed to get cpufreq parameter" in output(dom0, "xenpm get-cpufreq-para", None)
    assert output(dom0, "xenpm get-cpufreq-states", None) == ""
    assert output(dom0, "xenpm get-cpufreq-average", None) == ""
    assert "13 - Permission denied" in output(dom0, "xenpm enable-turbo-mode 0", None)
    assert "22 - Invalid argument" in output(dom0, "xenpm set-scaling-governor 0 userspace", None)
    assert "succeeded" in output(dom0, "xenpm set-sched-smt enable")
    output(dom0, "xenpm set-sched-smt disable")
    sample = output(dom0, "xenpm start 1")
    assert re.search(r"CPU1:\tResidency\(ms\).*?\n  C0\t\d+\t.*?\n  C1\t\d+\t", sample, re.S), sample


def test_xen_cpuid(dom0):
    policy = output(dom0, "xen-cpuid -p")
    assert re.search(r"^Host policy: \d+ leaves, \d+ MSRs$", policy, re.M)
    assert re.search(r"^  00000000:ffffffff -> ", policy, re.M)
    assert re.search(r"^Domain 0 policy: \d+ leaves", output(dom0, "xen-cpuid -p 0"), re.M)
    assert re.search(r"^PV Default +[0-9a-f]{8}:", output(dom0, "xen-cpuid", None), re.M)


def test_lsevtchn(dom0, diag):
    mine = output(dom0, "lsevtchn")
    assert re.search(r"^ +\d+: VCPU 0: Virtual IRQ 0$", mine, re.M)
    assert re.search(r"^ +\d+: VCPU \d: Physical IRQ 9$", mine, re.M)
    assert mine == output(dom0, "lsevtchn 0")
    assert f"Interdomain (Connected) - Remote Domain {diag}, Port" in mine
    assert "Interdomain" in output(dom0, f"lsevtchn {diag}")
    assert output(dom0, "lsevtchn 999", None) == "xc_evtchn_status: No such process\n"


def test_hptool(dom0):
    """Memory; what it does to CPUs is tried with them."""
    assert "Memory is already onlined!" in output(dom0, "xen-hptool mem-online 0x10000", None)


def test_not_there(dom0, diag):
    """Counters and profiles that neither hypervisor was built with."""
    assert "Function not implemented" in output(dom0, "xenperf", None)
    assert "Function not implemented" in output(dom0, "xenlockprof", None)
    assert re.search(r"nr_frames|Frames", output(dom0, f"xen-diag gnttab_query_size {diag}", None))
    assert "Nothing to list" in output(dom0, "xen-livepatch list", None)


def test_xl(dom0, diag):
    info = dom0.must("info -n")
    assert re.search(r"^nr_cpus +: 2$", info, re.M) and re.search(r"^node: +memsize", info, re.M)
    assert re.search(r"^ +0: +\d+ +\d+ +10$", info, re.M)
    assert re.search(r"^Domain-0 +0 +1 ", dom0.must("vcpu-list"), re.M)
    dom0.must("debug-keys h")       # the ring may have been emptied before
    assert "(XEN)" in dom0.must("dmesg")
    assert re.search(r"^Domain-0 +0 +\d:\d\d:\d\d", dom0.must("uptime"), re.M)
    assert re.search(r"^Pool-0 +2 +credit2 +y +2", dom0.must("cpupool-list"), re.M)
    assert re.search(r"^Pool-0 +0,1$", dom0.must("cpupool-list -c"), re.M)
    assert re.search(r"^diag +\d+ +256 ", dom0.must("sched-credit2"), re.M)
    assert dom0.run("xl sched-credit -d diag").rc != 0
    assert dom0.run("xl getenforce 2>&1").rc != 0


def test_trigger_nmi(dom0, diag):
    dom0.must("trigger diag nmi")
    assert "diag" in dom0.list()


@pytest.mark.hv("ours")
def test_debug_keys(dom0):
    dom0.must("dmesg -c")
    dom0.must("debug-keys h")
    keys = set(re.findall(r"^\(XEN\)   (\S)  ", dom0.must("dmesg"), re.M))
    assert keys >= set("0HMRcdehimnqrstu*"), keys
    for key in sorted(keys - set("CRh")):
        dom0.must("dmesg -c")
        dom0.must(f"debug-keys '{key}'")
        assert dom0.must("dmesg").strip(), key


def test_xentrace(dom0, diag):
    """What the packaged xentrace gathers, the packaged xenalyze understands."""
    output(dom0, "xentrace -D -S 64 -T 1 /tmp/trace")
    summary = output(dom0, "xenalyze --summary /tmp/trace")
    dom0.run("rm /tmp/trace")
    assert re.search(r"^\|-- Domain 0 --\|$", summary, re.M) and "|-- Domain 32767 --|" in summary
    assert re.search(r"^ +sched_op +\[29\]: +\d+$", summary, re.M), summary
    assert re.search(r"^ +iret +\[23\]: +\d+$", summary, re.M)
    assert re.search(r"^   running: +\d+ +\d\.\d\ds", summary, re.M)
    assert "lost records" not in summary and "error" not in summary.lower(), summary


@pytest.mark.long
def test_traced_from_the_start(machine_of):
    """Buffers and events by the hypervisor's command line: what was written before anybody read is there."""
    dom0 = machine_of("tbuf", image="system.cpio", xen_args="tbuf_size=16 tevt_mask=0x0020f000")
    assert "Device or resource busy" in output(dom0, "xentrace_setsize")
    output(dom0, "xentrace -X -T 1 /tmp/trace")
    volume = output(dom0, "xenalyze --summary /tmp/trace | grep -A 6 'Log volume'")
    assert all(int(n) > 60000 for n in re.findall(r"^ +pv +: +(\d+)$", volume, re.M)), volume
    assert "sched" not in volume and "pv" in volume
    output(dom0, "xentrace -e 0x0002f000 -T 1 /tmp/trace")
    assert "sched :" in output(dom0, "xenalyze --summary /tmp/trace")


def test_xenhypfs(dom0):
    tree = output(dom0, "xenhypfs tree")
    for name in ("buildinfo/", "version/", "cpupool/", "sched-gran", "params/", "gnttab_max_frames", "loglvl"):
        assert re.search(rf"^ *{name}$", tree, re.M), tree
    assert output(dom0, "xenhypfs cat /buildinfo/version/major") == "4\n"
    dom0.must("set-parameters gnttab_max_maptrack_frames=512")
    assert output(dom0, "xenhypfs cat /params/gnttab_max_maptrack_frames") == "512\n"
    output(dom0, "xenhypfs write /params/gnttab_max_maptrack_frames 1024")
    assert "Invalid argument" in output(dom0, "xenhypfs write /params/loglvl shout", None)
    assert "Permission denied" in output(dom0, "xenhypfs write /buildinfo/version/major 5", None)
    assert dom0.run("xl set-parameters nosuch=1").rc != 0
