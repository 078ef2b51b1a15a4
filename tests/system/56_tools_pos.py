# SPDX-License-Identifier: GPL-2.0-only
"""The packaged programs that 55_diagnostics_pos.py leaves out: they find what they find on the packaged
hypervisor, and what that refuses ours refuses with the same words."""

import re

import pytest

from packaged import BIN, output

pytestmark = [pytest.mark.tools("xl"), pytest.mark.xen_long]

# What needs a guest with hardware help, a policy or a build with more in it: (command, exit code, text).
REFUSED = [
    ("gdbsx -c {diag} 64", 1, "ERROR: failed to attach to domain:{diag} errno:38"),
    ("xen-ucode /nosuch", 1, "Could not open /nosuch. (err: No such file or directory)"),
    ("xen-ucode /etc/passwd", 1, "Failed to update microcode. (err: Invalid argument)"),
    ("xen-mceinj -d 777 -t 1", 1, "Failed to inject MSR: Invalid argument"),
    ("xen-mceinj -c 9 -t 0", 1, "Failed to inject MSR: Invalid argument"),
    ("xen-mceinj -l", 1, "Failed to inject MCE error: Invalid argument"),
    ("xen-livepatch upload x /etc/passwd", 1, "Error 22: Invalid argument"),
    ("xen-livepatch apply x", 1, "Error 2: No such file or directory"),
    ("xen-livepatch unload x", 1, "Error 2: No such file or directory"),
    ("xen-hvmcrash {diag}", 1, "domain {diag} is not HVM"),
    ("xen-hvmcrash 777", 1, "No such process"),
    ("xen-hvmctx {diag}", 1, "Error: can't get record length for dom {diag}"),
    ("xen-vmtrace {diag} 0", 1, "xenforeignmemory_resource_size(): Invalid argument"),
    ("xencov reset", 1, "Operation not supported"),
    ("xencov read", 1, "getting total length: Operation not supported"),
    ("flask-getenforce", 255, "Operation not permitted"),
    ("flask-setenforce 1", 255, "Operation not permitted"),
    ("flask-get-bool -a", 2, "Function not implemented"),
    ("flask-set-bool x 1", 2, "Function not implemented"),
    ("flask-loadpolicy /etc/passwd", 0, "Unable to load new Flask policy: Operation not permitted"),
    ("flask-label-pci 0000:00:1f.7 system_u:object_r:nicP_t", 1, "Unable to find device 0000:00:1f.7"),
    ("xen-diag gnttab_query_size 777", 1, "Could not query dom 777's grant size"),
    ("xen-access {diag} write", 1, "Error enabling mem_access: Invalid argument"),
    ("xen-access 777 write", 1, "Error enabling mem_access: No such process"),
    ("xen-memshare enable {diag}", 255, "Function not implemented"),
    ("xen-memshare nominate {diag} 1", 255, "Function not implemented"),
    ("xen-memshare audit", 255, "Function not implemented"),
    ("xenpaging -d {diag} -f /tmp/page", 1, "Could not map the ring page"),
    ("xen-hptool cpu-offline 9", 1, "error 22: Invalid argument"),
    ("xen-hptool cpu-online 0", 1, "error 17: File exists"),
    ("xen-hptool mem-offline 0xffffffff", 1, "XEN_PAGE is not permitted be offlined"),
    ("xen-hptool smt-disable", 1, "errno 95, Operation not supported"),
]


def test_refused(dom0, diag):
    """All in one script: a command of its own would take longer than most of them."""
    commands = [c.format(diag=diag) for c, _, _ in REFUSED]
    script = "\n".join(f"{c} 2>&1; echo \"[$?]\"" for c in commands)
    answers = re.findall(r"(.*?)\[(\d+)\]\n", output(dom0, script), re.S)
    assert len(answers) == len(REFUSED), answers
    wrong = [(c, out, rc) for c, (out, rc), (_, want_rc, text) in zip(commands, answers, REFUSED)
             if int(rc) != want_rc or text.format(diag=diag) not in out]
    assert not wrong, wrong
    assert output(dom0, "xen-memshare info") == "used = 0\nfreed = 0\n"


def test_detect(dom0):
    assert output(dom0, "xen-detect -P") == "Running in PV context on Xen V4.17.\n"
    output(dom0, "xen-detect -H", 1)


def test_suites(dom0):
    """Xen's own tests, as far as they are packaged."""
    assert "Done: all ok" in output(dom0, "test-cpu-policy")
    resources = output(dom0, "test-resource")
    assert re.search(r"^  Test grant table$", resources, re.M) and "Fail" not in resources, resources
    assert "Fail" not in output(dom0, "test-paging-mempool")
    tsx = output(dom0, "test-tsx", None)    # under emulation RTM cannot be had
    assert re.search(r"^Testing PV guest\n  Created d\d+\n  Cur: RTM 0, HLE 0,", tsx, re.M), tsx
    assert output(dom0, "test-xenstore | grep -c ' ns$'") == "12\n"


@pytest.mark.long
def test_mfndump(dom0):
    """Every frame of a guest, the tables among them, and what maps one."""
    dom0.create("linux", "memory=160")
    dom0.shell("linux").leave()
    domid = dom0.list()["linux"].domid
    dom0.must("pause linux")
    output(dom0, f"xen-mfndump dump-p2m {domid} > /tmp/p2m")
    rows = dict(re.findall(r"^  pfn=(0x[0-9a-f]+) ==> mfn=(0x[0-9a-f]+) \(type ", dom0.check(
        "grep -E 'pfn=0x1000 |pinned L4|P2M size' /tmp/p2m"), re.M))
    assert dom0.check("grep -c ' ==> mfn=' /tmp/p2m") == "40960\n"
    pfn, top = next((p, m) for p, m in rows.items() if p != "0x1000")
    table = output(dom0, f"xen-mfndump dump-ptes {domid} {top}")
    assert f" pfn: {pfn}, mfn: {top}, L4 table [pinned]" in table and table.count("\n  pte[") == 512
    frame = rows["0x1000"]
    assert re.search(r"\[\d+\]: 0x", output(dom0, f"xen-mfndump lookup-pte {domid} {frame}", None))
    assert "memcpy(1, 2) = 0" in output(dom0, f"xen-mfndump memcmp-mfns {domid} {frame} {domid} {frame}")
    m2p = output(dom0, f"xen-mfndump dump-m2p | grep -m 1 '  mfn={frame} '")
    assert m2p == f"  mfn={frame} ==> pfn=0x1000\n"


@pytest.mark.long
def test_lowmemd(dom0):
    """It hears of the machine's last memory, and has dom0 give some back."""
    daemon = dom0.machine.spawn(f"{BIN}/xen-lowmemd", pty=True)
    dom0.machine.until(lambda: output(dom0, "lsevtchn | grep 'Virtual IRQ 12$'", None), 30, "its virq")
    free = int(re.search(r"^free_memory +: (\d+)$", dom0.must("info"), re.M).group(1))
    full = dom0.list()["Domain-0"].mem
    try:
        dom0.create("big", f"memory={free - 70}", cfg="/etc/xen/tiny.cfg")
        dom0.create("more", "memory=8", cfg="/etc/xen/tiny.cfg")
        daemon.expect(rb"Got a virq kick.*Available free pages: 0x3[0-9a-f]{3}:.*Shooting for dom0 target", 60)
        dom0.until(lambda rows: rows["Domain-0"].mem < full, 60, "less memory in dom0")
    finally:
        daemon.hangup()
        for name in ("more", "big"):
            dom0.xm(f"destroy {name}")
        dom0.run("xenstore-rm /local/domain/0/memory; "
                 f"echo {full << 10} > /sys/devices/system/xen_memory/xen_memory0/target_kb")
        dom0.until(lambda rows: rows["Domain-0"].mem == full, 120, "all memory in dom0")


def test_vchan(dom0):
    """A channel by grants and events, both of its ends in dom0."""
    proxy, place = f"{BIN}/vchan-socket-proxy", "/local/domain/0/data/vchan"
    dom0.check("modprobe xen-gntalloc")
    server = dom0.machine.spawn(f"{proxy} --mode=server 0 {place} -")
    dom0.machine.until(lambda: dom0.run(f"{BIN}/xenstore-exists {place}/ring-ref").rc == 0, 60, "the server")
    client = dom0.machine.spawn(f"{proxy} --mode=client 0 {place} -")
    client.send("there\n")
    server.expect(rb"there\n", 60)
    server.send("and back\n")
    client.expect(rb"and back\n", 60)
    client.end_input()
    assert client.wait(60) == 0 and server.wait(60) == 0


def test_watchdogd(dom0):
    """Told to go, it takes the watchdog back; one that is killed ends the machine (the tiny guest `kill`)."""
    output(dom0, "xenwatchdogd 30 1")
    dom0.machine.until(lambda: dom0.run("pidof xenwatchdogd").rc == 0, 30, "the daemon")
    dom0.check("kill -USR1 $(pidof xenwatchdogd); while pidof xenwatchdogd; do usleep 100000; done")
