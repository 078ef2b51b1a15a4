# SPDX-License-Identifier: GPL-2.0-only
"""What is timed with Debian's kernel as dom0 and as guest: boot, toolstacks, the store, loops."""

import contextlib
import os
import re
import socket
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "system", "lib"))

import corner as corners            # noqa: E402
from dom0 import Dom0               # noqa: E402
from machine import Machine, MachineError   # noqa: E402
from report import Broken, parse    # noqa: E402
from rows import load_modules       # noqa: E402

TOOLS = {"xen": "xl", "ours": "ours"}
COMMAND = {"xen": ("LD_LIBRARY_PATH=/usr/lib/xen-4.17/lib ", "/usr/lib/xen-4.17/libexec/xl"),
           "ours": ("", "/usr/bin/xm")}
IDLE = 'name="idle"\nkernel="/root/idle"\nmemory=8\n'
MEMORY_MIB = 3072
TOOL_ROUNDS, STORE_SECONDS = 7, 0.5


class StoppedQemu:
    """QEMU waits for the word to go, so that a wrapper's queue and its own start are not timed."""

    def __init__(self):
        self.dir = tempfile.TemporaryDirectory(prefix="bench-")
        self.path = os.path.join(self.dir.name, "qmp")
        self.args = ["-S", "-qmp", f"unix:{self.path},server=on,wait=off"]

    def go(self, proc):
        """Returns the time at which the machine was switched on."""
        sock = socket.socket(socket.AF_UNIX)
        while True:
            with contextlib.suppress(OSError):
                sock.connect(self.path)
                break
            if proc.poll() is not None:
                raise Broken("QEMU did not start")
            time.sleep(0.02)
        stream = sock.makefile("rwb")
        stream.readline()
        stream.write(b'{"execute":"qmp_capabilities"}\n{"execute":"cont"}\n')
        stream.flush()
        start = time.monotonic()
        while b"RESUME" not in stream.readline():
            pass
        stream.close()
        sock.close()
        self.dir.cleanup()
        return start


class TimedMachine(Machine):
    """A machine and when its console said what."""

    def when(self, pattern, start, timeout=240):
        self.expect(pattern, timeout)
        return (time.monotonic() - start) * 1e9


def overlay(setup):
    """Our programs and files in dom0's /root, as an archive behind the initramfs."""
    cfg = os.path.join(setup.work, "idle.cfg")
    with open(cfg, "w", encoding="utf-8") as f:
        f.write(IDLE)
    files = [(os.path.join(setup.guests, "idle"), "/root/idle"), (cfg, "/root/idle.cfg"),
             (setup.loops, "/root/linux_loops"), (setup.store_bench, "/root/store_bench")]
    return corners.make_overlay(files, os.path.join(setup.work, "bench.cpio"))


def boot(setup, side, samples):
    """A corner that has been timed on its way up."""
    corner = corners.Corner(side, TOOLS[side], "hvc0", memory=f"{MEMORY_MIB}M",
                           overlays=[overlay(setup)])
    stopped = StoppedQemu()
    log = os.path.join(setup.logs, f"linux-{side}.log")
    machine = TimedMachine(corner.argv() + stopped.args, log)
    try:
        start = stopped.go(machine.proc)
        found = {"boot": [machine.when(rb"dom0: userland up", start)],
                 "boot-ready": [machine.when(rb"dom0: ready", start)]}
        machine.attach()
    except BaseException:
        machine.stop()
        raise
    samples.add(side, found)
    own_memory(setup, machine, samples, side)
    return machine


def own_memory(setup, machine, samples, side):
    """What is neither free nor dom0's nor the 32 + 8 bytes that each frame has in the frame table
    and the M2P, and the size of the file."""
    environment, tool = COMMAND[side]
    info = machine.check(f"{environment}{tool} info; {environment}{tool} list")
    free = re.search(r"^free_memory\s*: (\d+)", info, re.M)
    dom0 = re.search(r"^Domain-0\s+0\s+(\d+)", info, re.M)
    if not free or not dom0:
        raise Broken(f"no memory in what {tool} says: {info}")
    own = (MEMORY_MIB - int(free.group(1)) - int(dom0.group(1))) << 20
    samples.add(side, {"hv-memory": [own - (MEMORY_MIB << 20) // 4096 * 40],
                       "hv-image": [os.path.getsize(setup.hypervisor[side])]})


def in_dom0(machine, samples, side, command, prefix=""):
    found = parse(machine.check(command, 600))
    if not found:
        raise Broken(f"'{command}' on {side} printed no figures")
    samples.add(side, found, prefix)


def run_tools(setup, machine, samples, side):
    environment, tool = COMMAND[side]
    in_dom0(machine, samples, side,
            f"{environment}/root/linux_loops tools {tool} /root/idle.cfg {setup.quick(TOOL_ROUNDS, 3)} 2>&1")


def run_store(setup, machine, samples, side):
    text = machine.check(f"/root/store_bench -s {STORE_SECONDS}", 120)
    found = {"store-" + m.group(1): [1e9 / float(m.group(2))]
             for m in re.finditer(r"^(\S+) +1 clients +(\d+) /s", text, re.M)}
    if not found:
        raise Broken(f"store_bench on {side} printed no figures: {text}")
    samples.add(side, found)


def run_dom0(setup, machine, samples, side):
    in_dom0(machine, samples, side, "/root/linux_loops loops", "dom0-")


def run_guest(setup, machine, samples, side):
    """In a guest of Debian's kernel: its initramfs is the demonstration's with the loops behind it."""
    dom0 = Dom0(machine, side, TOOLS[side])
    machine.check("mkdir -p /tmp/root && cp /root/linux_loops /tmp/root/ && cd /tmp && "
                  "(echo root; echo root/linux_loops) | cpio -o -H newc 2>/dev/null | gzip -1 > "
                  "/tmp/more.gz && cat /boot/guest/initrd /tmp/more.gz > /tmp/initrd", 120)
    dom0.create("loops", 'ramdisk="/tmp/initrd"')
    shell = dom0.shell("loops")
    text, rc = shell.run("/root/linux_loops loops", 600)
    found = parse(text)
    if rc or not found:
        raise Broken(f"the loops in a guest on {side} failed: {text}")
    samples.add(side, found, "guest-")
    shell.leave()
    dom0.clean()


def run_bare(setup, samples):
    """The same kernel and initramfs without a hypervisor."""
    argv = ["qemu-system-x86_64", *corners.accel_args(), "-smp", "2", "-m", "1200M", "-display", "none",
            "-nodefaults", "-no-reboot", "-serial", "stdio", "-kernel", setup.bzimage, "-initrd",
            corners.Corner("ours", overlays=[overlay(setup)]).initramfs(setup.initramfs),
            "-append", "console=ttyS0 agent=ttyS0 tools=none"]
    with Machine(argv, os.path.join(setup.logs, "linux-bare.log")) as machine:
        machine.expect(rb"dom0: ready", 240)
        machine.attach()
        in_dom0(machine, samples, "bare", "/root/linux_loops loops", "dom0-")


GROUPS = {"tools": run_tools, "store": run_store, "dom0": run_dom0, "guest": run_guest}


def run(setup, groups, samples, side):
    """One boot serves all the groups that are wanted."""
    more = {name: module.in_dom0 for name, module in load_modules().items() if name in groups}
    try:
        with boot(setup, side, samples) as machine:
            for name, group in {**GROUPS, **more}.items():
                if name in groups:
                    group(setup, machine, samples, side)
    except MachineError as why:
        raise Broken(f"{why} ({os.path.join(setup.logs, f'linux-{side}.log')})") from None
