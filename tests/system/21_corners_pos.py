# SPDX-License-Identifier: GPL-2.0-only
"""The same steps in each of the four corners, with Debian's kernels and PV GRUB as guests, with one vcpu
and with two. A guest's boot is what takes long here, so each one serves many steps."""

import os
import re

import pytest

from corner import build_dir

KERNELS = {("debian", 1): "/boot/guest/vmlinuz", ("debian", 2): "/boot/guest/vmlinux.gz",
           ("newer", 1): "/boot/guest/vmlinuz-newer", ("newer", 2): "/boot/guest/vmlinuz-newer",
           ("grub", 1): "/boot/guest/pvgrub", ("grub", 2): "/boot/guest/pvgrub"}
MARKS = {("debian", 1): pytest.mark.xen_long, ("newer", 1): pytest.mark.long, ("newer", 2): pytest.mark.xen_long,
         ("grub", 1): pytest.mark.long, ("grub", 2): pytest.mark.long}
REBOOTED = [("debian", 2), ("newer", 1), ("grub", 1), ("grub", 2)]     # the others shut down


def need_newer():
    why = os.path.join(build_dir(), "debian", "vmlinuz-newer.missing")
    if os.path.exists(why):
        with open(why, encoding="utf-8") as f:
            pytest.skip("no newer kernel: " + f.read().strip())


def fields(text):
    """Rows of a table without its heading."""
    return [line.split() for line in text.strip().splitlines()[1:]]


def vcpus_of(dom0, name):
    """Rows of vcpu-list: number -> (cpu, state, affinity)."""
    rows = {}
    for line in dom0.must(f"vcpu-list {name}").splitlines()[1:]:
        m = re.fullmatch(r"(\S+) +(\d+) +(\d+) +(\d+|-) +(\S+) +([\d.]+) +(.*?)\s*", line)
        assert m and m.group(1) == name, line
        rows[int(m.group(3))] = (m.group(4), m.group(5), m.group(7))
    return rows


def memory_of(guest):
    return int(re.search(r"MemTotal: +(\d+)", guest.run("grep MemTotal /proc/meminfo")[0]).group(1))


def until_guest(dom0, guest, what, condition):
    dom0.machine.until(lambda: condition(guest), 60, what)


def steps_list(dom0, name, vcpus):
    row = dom0.list()[name]
    assert (row.mem, row.vcpus) == (200, vcpus) and row.time > 0
    assert dom0.must(f"domid {name}") == f"{row.domid}\n"
    assert dom0.must(f"domname {row.domid}") == f"{name}\n"
    assert sorted(vcpus_of(dom0, name)) == list(range(vcpus))
    assert re.search(rf"^{name} +{row.domid} +\d+:\d\d:\d\d$", dom0.must("uptime"), re.M)


def steps_pin(dom0, name, vcpus):
    """Each vcpu ends where it is told, hard and soft."""
    dom0.must(f"vcpu-pin {name} all 1")
    # where it ran last is told until it has run again
    dom0.machine.until(lambda: {v[0] for v in vcpus_of(dom0, name).values()} == {"1"}, 30, "all on CPU 1")
    dom0.must(f"vcpu-pin {name} 0 0 1")
    assert re.fullmatch(r"0 / 1", vcpus_of(dom0, name)[0][2])
    dom0.machine.until(lambda: vcpus_of(dom0, name)[0][0] == "0", 30, "vcpu 0 on CPU 0")
    if vcpus > 1:
        assert vcpus_of(dom0, name)[1][2].startswith("1")
    dom0.must(f"vcpu-pin {name} 0 - all")
    assert vcpus_of(dom0, name)[0][2].split()[0] == "0"
    dom0.must(f"vcpu-pin {name} all all all")
    assert not re.search(r"\d", vcpus_of(dom0, name)[0][2])


def steps_memory(dom0, guest, name):
    """The guest gives back what is asked of it, and takes it again."""
    full = memory_of(guest)
    dom0.must(f"mem-set {name} 140")
    dom0.until(lambda rows: rows[name].mem == 140, 60, "140 MiB")
    until_guest(dom0, guest, "60 MiB less in the guest", lambda g: full - memory_of(g) > 50 << 10)
    dom0.must(f"mem-set {name} 200m")
    dom0.until(lambda rows: rows[name].mem == 200, 60, "200 MiB again")
    until_guest(dom0, guest, "all memory in the guest", lambda g: memory_of(g) == full)
    assert dom0.xm(f"mem-set {name} 500").rc == 1
    assert guest.run("dd if=/dev/zero of=/tmp/x bs=1M count=60 2>/dev/null && rm /tmp/x")[1] == 0


def steps_vcpus(dom0, guest, name):
    guest.run("dmesg -n 1")     # it tells of CPUs that go
    dom0.must(f"vcpu-set {name} 1")
    until_guest(dom0, guest, "one vcpu in the guest", lambda g: g.run("nproc") == ("1\n", 0))
    assert dom0.list()[name].vcpus == 1 and vcpus_of(dom0, name)[1][0] == "-"
    dom0.must(f"vcpu-set {name} 2")
    # what a distribution's udev rule does
    online = "test -e {0} && {{ echo 1 > {0}; nproc; }}".format("/sys/devices/system/cpu/cpu1/online")
    until_guest(dom0, guest, "two vcpus in the guest", lambda g: g.run(online)[0] == "2\n")
    assert dom0.list()[name].vcpus == 2


def steps_sched(dom0, name):
    dom0.must(f"sched-credit2 -d {name} -w 512 -c 150" if dom0.list()[name].vcpus > 1 else
              f"sched-credit2 -d {name} -w 512 -c 80")
    row = fields(dom0.must(f"sched-credit2 -d {name}"))[0]
    assert row[2] == "512" and row[3] in ("150", "80")
    rows = {r[0]: r[2:] for r in fields(dom0.must("sched-credit2")) if len(r) == 4}
    assert rows["Domain-0"] == ["256", "0"] and rows[name][0] == "512"
    dom0.must(f"sched-credit2 -d {name} -w 256 -c 0")
    assert dom0.xm(f"sched-credit2 -d {name} -c 1000").rc == 1


def steps_pause(dom0, guest, name):
    dom0.must(f"pause {name}")
    assert dom0.list()[name].state[2] == "p"
    before = dom0.list()[name].time
    guest.session.send("echo a-$((6*7))-b\n")
    assert dom0.list()[name].time == before
    dom0.must(f"unpause {name}")
    guest.session.expect(rb"a-42-b", 60)
    guest.session.expect(rb"guest# ", 60)


def steps_signals(dom0, guest, name):
    """A key and an NMI, each of which Linux notes; not on the console, which we read."""
    guest.run("dmesg -n 1")
    dom0.must(f"sysrq {name} h")
    until_guest(dom0, guest, "the key", lambda g: "sysrq: HELP" in g.run("dmesg | tail")[0])
    dom0.must(f"trigger {name} nmi 0")
    until_guest(dom0, guest, "the NMI", lambda g: "NMI received" in g.run("dmesg | tail")[0])


@pytest.mark.parametrize("kernel,vcpus", [
    pytest.param(*k, marks=MARKS.get(k, ())) for k in KERNELS])
def test_life(dom0, kernel, vcpus):
    if kernel == "newer":
        need_newer()
    name = "bygrub" if kernel == "grub" else f"{kernel}{vcpus}"     # what its menu says
    own = ["ramdisk=''"] if kernel == "grub" else []
    dom0.create(name, f'kernel="{KERNELS[kernel, vcpus]}"', f"vcpus={vcpus}", "memory=200", *own)
    guest = dom0.shell(name)
    assert guest.run("nproc; hostname") == (f"{vcpus}\n{name}\n", 0)
    assert (guest.run("uname -r")[0].startswith("6.1.")) == (kernel != "newer")
    assert guest.run("for c in $(seq 0 $(($(nproc)-1))); do taskset -c $c true || exit 1; done")[1] == 0
    steps_list(dom0, name, vcpus)
    steps_memory(dom0, guest, name)
    if vcpus > 1:
        steps_vcpus(dom0, guest, name)
    else:
        steps_signals(dom0, guest, name)
    steps_pin(dom0, name, vcpus)
    steps_sched(dom0, name)
    steps_pause(dom0, guest, name)
    guest.leave()
    if (kernel, vcpus) in REBOOTED:
        first = dom0.list()[name].domid
        dom0.must(f"reboot {name}")
        dom0.until(lambda rows: name in rows and rows[name].domid > first, 120, "the guest's next start")
        dom0.shell(name).leave()
        dom0.must(f"destroy {name}")
    else:
        dom0.must(f"shutdown -w {name}", 180)
    dom0.until(lambda rows: name not in rows, 60, "the guest's end")
    assert dom0.xm(f"domid {name}").rc != 0


def test_grub(dom0):
    """PV GRUB starts a kernel out of its memory disk: a guest that takes the place of another."""
    dom0.create("bygrub", 'kernel="/boot/guest/pvgrub"', "ramdisk=''", "vcpus=2", "memory=200")
    guest = dom0.shell("bygrub")
    assert guest.run("nproc; hostname") == ("2\nbygrub\n", 0)
    guest.leave()
    dom0.must("shutdown -w bygrub", 180)
    dom0.until(lambda rows: "bygrub" not in rows, 60, "the guest's end")


def test_host(dom0):
    info = dict(re.findall(r"^(\w+) +: (.*)$", dom0.must("info"), re.M))
    assert (info["nr_cpus"], info["xen_major"], info["xen_minor"]) == ("2", "4", "17")
    assert info["xen_scheduler"] == "credit2" and info["free_cpus"] == "0"
    assert 3000 <= int(info["total_memory"]) <= 3072
    assert "Xen version" in dom0.must("dmesg") or "(XEN) " in dom0.must("dmesg")
    dom0.must("debug-keys h")
    dom0.machine.until(lambda: re.search(r"\bR\b.* machine", dom0.must("dmesg")), 20, "the list of keys")
    dom0.must("dmesg -c")
    assert dom0.must("dmesg").count("\n") < 3
    pools = fields(dom0.must("cpupool-list"))
    assert pools[0][:3] == ["Pool-0", "2", "credit2"]
    assert fields(dom0.must("cpupool-list -c"))[0] == ["Pool-0", "0,1"]


def test_ratelimit(dom0):
    dom0.must("sched-credit2 -s -r 2000")
    assert "ratelimit=2000us" in dom0.must("sched-credit2 -s")
    dom0.must("sched-credit2 -s -r 1000")
    assert dom0.xm("sched-credit2 -s -r 99").rc == 1


def test_dom0_gives_and_takes(dom0):
    """Domain 0 itself: a vcpu less and again, memory less and again."""
    online = "/sys/devices/system/cpu/cpu1/online"
    dom0.must("vcpu-set Domain-0 1")
    dom0.machine.until(lambda: dom0.check("nproc") == "1\n", 60, "one vcpu in dom0")
    assert dom0.list()["Domain-0"].vcpus == 1
    dom0.must("vcpu-set Domain-0 2")
    dom0.machine.until(lambda: dom0.run(f"echo 1 > {online}").rc == 0 and dom0.check("nproc") == "2\n",
                       60, "two vcpus in dom0")
    full = dom0.list()["Domain-0"].mem
    dom0.must("mem-set Domain-0 1000")
    dom0.until(lambda rows: rows["Domain-0"].mem == 1000, 60, "1000 MiB in dom0")
    dom0.must(f"mem-set Domain-0 {full}")
    dom0.until(lambda rows: rows["Domain-0"].mem == full, 60, "all memory in dom0")
    assert dom0.xm("mem-set Domain-0 100").rc == 1


def test_vcpus_in_the_configuration(dom0):
    """Sets of CPUs for each vcpu, weight and cap, and fewer vcpus than there may be."""
    dom0.create("set", "vcpus=1", "maxvcpus=3", 'cpus=["0","1"]', 'cpus_soft="0-1"', "cpu_weight=300",
                "cap=70", "memory=128")
    rows = vcpus_of(dom0, "set")
    assert [rows[v][2][0] for v in (0, 1)] == ["0", "1"] and rows[2][2][0] == "a", rows
    assert fields(dom0.must("sched-credit2 -d set"))[0][2:] == ["300", "70"]
    guest = dom0.shell("set")
    assert guest.run("dmesg -n 1; nproc")[0] == "1\n" and dom0.list()["set"].vcpus == 1
    dom0.must("vcpu-set -i set 3")
    online = "for c in 1 2; do echo 1 > /sys/devices/system/cpu/cpu$c/online; done; nproc"
    until_guest(dom0, guest, "three vcpus", lambda g: g.run(online)[0].endswith("3\n"))
    assert vcpus_of(dom0, "set")[1][0] == "1"
    guest.leave()
