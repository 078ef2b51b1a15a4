# SPDX-License-Identifier: GPL-2.0-only
"""Cases about the hypervisor's own start, each a boot of a second or less: loaders, machines, options,
kernels that cannot be started, and what a crash shows."""

import os
import random
import re
import time
from collections import namedtuple

from lab import (CONSOLE, fake_bzimage, finish, graphics_screen, grub_iso, must_not_say, text_screen,
                 without_notes)
from machine import DEADLINE, Failed, Machine

Case = namedtuple("Case", "name run")
CASES = []
LONG_CASES = []  # make check-long


def case(fn):
    CASES.append(Case(fn.__name__, fn))
    return fn


# --- loaders --------------------------------------------------------------------------------------


GUEST_ARGS = "root=/dev/nothing quiet a=1,2 last"


def grub_boot(lab, name, kernel, module):
    options = CONSOLE + "dom0_mem=64M"
    iso = grub_iso(lab, name, [f"{kernel} /xen placeholder {options}",
                               f"{module} /guest placeholder {GUEST_ARGS}"])
    with Machine(lab.log(name), ["-cdrom", iso, "-boot", "d"], cpu=lab.cpu) as m:
        finish(m, rf"command line: {options}$", rf"^# kernel arguments: {GUEST_ARGS}$")


@case
def grub_multiboot2(lab):
    grub_boot(lab, "grub_multiboot2", "multiboot2", "module2")


@case
def grub_multiboot1(lab):
    grub_boot(lab, "grub_multiboot1", "multiboot", "module")


@case
def dom0_arguments(lab):
    """QEMU's loader puts the file's name first: that is no argument."""
    lab.boots_well("dom0_arguments", r"^# kernel arguments: one two=2 three$",
                   modules=[lab.guest + " one two=2 three"])


@case
def dom0_no_arguments(lab):
    lab.boots_well("dom0_no_arguments", r"^# kernel arguments: $")


@case
def dom0_initramfs(lab):
    data = lab.file("initramfs", bytes(range(256)) * 20 + b"end")
    lab.boots_well("dom0_initramfs", r"^# module: 5123 bytes, sum 653111$", modules=[lab.guest, data])


# --- machines -------------------------------------------------------------------------------------


def machine_case(name, *patterns, **kwargs):
    CASES.append(Case(name, lambda lab: lab.boots_well(name, *patterns, **kwargs)))


machine_case("cpus_1", r"smp: 1 of 1 CPUs up", r"dom0: 64 MiB, 1 vcpu", cpus=1)
machine_case("cpus_2", r"smp: 2 of 2 CPUs up", r"dom0: 64 MiB, 2 vcpus", cpus=2)
machine_case("cpus_4", r"smp: 4 of 4 CPUs up", r"dom0: 64 MiB, 4 vcpus", cpus=4)
machine_case("maxcpus_1", r"smp: 1 of 1 CPUs up, 1 left out by maxcpus=1", r"dom0: 64 MiB, 1 vcpu",
             options="dom0_mem=64M maxcpus=1")
machine_case("maxcpus_more", r"smp: 2 of 2 CPUs up$", options="dom0_mem=64M maxcpus=7")
machine_case("dom0_max_vcpus_1", r"smp: 2 of 2 CPUs up", r"dom0: 64 MiB, 1 vcpu",
             options="dom0_mem=64M dom0_max_vcpus=1")
machine_case("cpus_8", r"smp: 8 of 8 CPUs up", r"dom0: 64 MiB, 8 vcpus", cpus=8)
machine_case("dom0_max_vcpus_32", r"smp: 2 of 2 CPUs up", r"dom0: 64 MiB, 32 vcpus",
             options="dom0_mem=64M dom0_max_vcpus=32 dom0_vcpus_pin")
machine_case("dom0_max_vcpus_range", r"dom0: 64 MiB, 5 vcpus", options="dom0_mem=64M dom0_max_vcpus=5-9")
for model in ("qemu64", "max", "EPYC", "Skylake-Server"):
    machine_case("model_" + model, cpu=model)


# --- many vcpus on few CPUs, all at once ----------------------------------------------------------------


def stress(lab, name, cpus, vcpus, rounds, threads="multi"):
    seed = random.randrange(1000000)  # the guest prints it: smp.c
    guest = os.path.join(os.path.dirname(lab.guest), "smp")
    lab.boots_well(name, rf"dom0: 64 MiB, {vcpus} vcpu", rf"^# {vcpus} vcpus, ",
                   options=f"dom0_mem=64M dom0_max_vcpus={vcpus}", cpus=cpus, threads=threads,
                   modules=[f"{guest} seed={seed} rounds={rounds}"])


@case
def smp_parallel(lab):
    """CPUs that really run at the same time."""
    stress(lab, "smp_parallel", 2, 4, 25)


@case
def kill_parallel(lab):
    """Domains destroyed in the middle of hypercalls, by a CPU that really runs meanwhile."""
    guest = os.path.join(os.path.dirname(lab.guest), "kill")
    lab.boots_well("kill_parallel", threads="multi", modules=[guest],
                   options="dom0_mem=64M watchdog watchdog_timeout=30")


@case
def smp_32_vcpus(lab):
    stress(lab, "smp_32_vcpus", 3, 32, 30, threads="single")


def long_stress(cpus, vcpus, rounds, threads, times):
    name = f"smp_{vcpus}_on_{cpus}_{threads}"

    def run(lab):
        for _ in range(times):
            stress(lab, name, cpus, vcpus, rounds, threads)
    LONG_CASES.append(Case(name, run))


long_stress(2, 2, 1000, "multi", 2)
long_stress(2, 8, 200, "multi", 2)
long_stress(4, 4, 200, "multi", 2)
long_stress(4, 32, 2000, "single", 2)
long_stress(8, 8, 1000, "single", 2)


def start_often(lab):
    """CPUs come up, whatever the order in which they get on."""
    for threads in ("multi", "single"):
        for _ in range(50):
            lab.boots_well("start_often", r"smp: 8 of 8 CPUs up", cpus=8, threads=threads)


LONG_CASES.append(Case("start_often", start_often))


def numa_case(name, nodes, arguments, qemu=True, options=""):
    """So many nodes of 256 MiB and two CPUs each; the guest looks at what it is told."""
    def run(lab):
        more = []
        for i in range(nodes if qemu else 0):
            more += ["-object", f"memory-backend-ram,id=m{i},size=256M",
                     "-numa", f"node,memdev=m{i},cpus={2 * i}-{2 * i + 1}"]
        for i in range(nodes if qemu else 0):
            for j in range(i):
                more += ["-numa", f"dist,src={j},dst={i},val=31"]
        guest = os.path.join(os.path.dirname(lab.guest), "numa")
        lab.boots_well(name, memory=f"{256 * nodes}M", cpus=2 * nodes, more=more,
                       modules=[f"{guest} {arguments}"], options="dom0_mem=64M " + options)
    CASES.append(Case(name, run))


numa_case("numa_2", 2, "nodes=2 cpus=2 far=31")
numa_case("numa_4", 4, "nodes=4 cpus=2 far=31")
numa_case("numa_off", 2, "nodes=1", options="numa=off")
numa_case("numa_fake", 3, "nodes=3 cpus=2 far=20", qemu=False, options="numa=fake=3")


def memory_case(name, low, high, dom0, **kwargs):
    """The summary counts RAM, not the hole below 4 GiB; dom0 gets between `dom0` MiB and all of it."""
    def run(lab):
        with lab.boot(name, **kwargs) as m:
            mib = int(m.expect(r"memory: (\d+) MiB, \d+ MiB free$").group(1))
            if not low <= mib <= high:
                raise Failed(f"{mib} MiB of RAM counted, not {low} to {high}")
            got = int(m.expect(r"dom0: (\d+) MiB").group(1))
            if not dom0 <= got < mib:
                raise Failed(f"dom0 has {got} of {mib} MiB")
            finish(m)
    CASES.append(Case(name, run))


memory_case("memory_256M", 255, 256, 64, memory="256M")
memory_case("memory_64M", 63, 64, 16, memory="64M", options="")
memory_case("memory_256M_all", 255, 256, 150, memory="256M", options="")
memory_case("memory_6G", 6142, 6144, 64, memory="6G")
memory_case("memory_6G_all", 6142, 6144, 5500, memory="6G", options="")
memory_case("memory_16G", 16382, 16384, 64, memory="16G")
memory_case("memory_16G_all", 16382, 16384, 15000, memory="16G", options="")
memory_case("memory_limited", 255, 256, 64, options="dom0_mem=64M mem=256M")


# --- dom0_mem ---------------------------------------------------------------------------------------


@case
def dom0_mem_too_much(lab):
    text = lab.boots_well("dom0_mem_too_much", r"dom0_mem: 10240 MiB asked for, \d+ MiB are free: dom0 "
                          r"gets \d+ MiB$", r"dom0: 4\d\d MiB", options="dom0_mem=10G")
    must_not_say(text, "Panic")


@case
def dom0_mem_too_much_of_6G(lab):  # pylint: disable=invalid-name
    lab.boots_well("dom0_mem_too_much_of_6G", r"dom0_mem: 10240 MiB asked for", r"dom0: 60\d\d MiB",
                   options="dom0_mem=10G", memory="6G")


@case
def dom0_mem_too_little(lab):
    lab.refuses("dom0_mem_too_little", r"Panic on CPU 0: dom0 has 1 MiB, its kernel and initramfs need "
                r"\d+ MiB: raise dom0_mem=$", options="dom0_mem=1M")


@case
def dom0_mem_exactly_what_is_named(lab):
    """The amount that the refusal names is enough."""
    with lab.boot("dom0_mem_named", options="dom0_mem=1M noreboot") as m:
        need = m.expect(r"initramfs need (\d+) MiB").group(1)
    lab.boots_well("dom0_mem_exactly_what_is_named", rf"dom0: {need} MiB", options=f"dom0_mem={need}M")


@case
def dom0_mem_bounds(lab):
    lab.boots_well("dom0_mem_bounds", r"dom0: 96 MiB", options="dom0_mem=32M,min:96M,max:128M")


@case
def dom0_mem_all_but(lab):
    lab.boots_well("dom0_mem_all_but", r"dom0: 3\d\d MiB", options="dom0_mem=-128M")


@case
def dom0_mem_percent(lab):
    lab.boots_well("dom0_mem_percent", r"dom0: 2\d\d MiB", options="dom0_mem=50%")


@case
def own_memory(lab):
    """What the hypervisor keeps for itself on a machine of 3 GiB."""
    with lab.boot("own_memory", options="dom0_mem=1G", memory="3G") as m:
        own = int(m.expect(r"memory: the hypervisor itself uses (\d+) KiB, and \d+ KiB for the frame table and "
                           r"\d+ KiB for machine-to-phys$").group(1))
        if own >= 16384:
            raise Failed(f"{own} KiB")
        finish(m)


# --- kernels that cannot be started -------------------------------------------------------------------


@case
def no_modules(lab):
    """With the restart that follows: QEMU ends, -no-reboot makes it."""
    with lab.boot("no_modules", options="", modules=[]) as m:
        m.expect(r"Panic on CPU 0: no dom0 kernel: the boot loader gave no module; name one, in GRUB "
                 r"with: module2 /PATH/vmlinux ARGUMENTS$")
        m.expect(r"Reboot in five seconds")
        m.wait_end()


@case
def no_modules_noreboot(lab):
    qmp = lab.work + "/qmp"
    with lab.boot("no_modules_noreboot", options="noreboot", modules=[], qmp=qmp) as m:
        m.expect(r"Stopped \(noreboot\)")
        m.all_cpus_halted(2)


def bad_kernel(name, make, *patterns):
    def run(lab):
        lab.refuses(name, *patterns, r"Panic on CPU 0: the dom0 kernel cannot be started: see above",
                    modules=[lab.file(name, make(lab))])
    CASES.append(Case(name, run))


bad_kernel("kernel_bzimage", lambda lab: fake_bzimage(),
           r"dom0 kernel: this is a compressed kernel \(bzImage\); unpack it with "
           r"xen-unpack-kernel\(8\) and give the ELF file$")
bad_kernel("kernel_no_notes", lambda lab: without_notes(lab.guest_bytes()),
           r"dom0 kernel: no Xen ELF notes .*: not a paravirtual kernel; .*CONFIG_XEN_PV")
bad_kernel("kernel_truncated", lambda lab: lab.guest_bytes()[:6000],
           r"dom0 kernel: segment \d+ ends at byte \d+, the file has 6000: it is cut short")
bad_kernel("kernel_truncated_header", lambda lab: lab.guest_bytes()[:80],
           r"dom0 kernel: program headers end at byte \d+, the file has 80: it is cut short")
bad_kernel("kernel_tiny", lambda lab: b"\177ELF",
           r"dom0 kernel: 4 bytes are no ELF file$")
bad_kernel("kernel_text", lambda lab: b"#!/bin/sh\n" * 100,
           r"dom0 kernel: not an ELF file")
bad_kernel("kernel_32bit", lambda lab: lab.hypervisor_bytes(),
           r"dom0 kernel: a 32-bit ELF file for machine 3; only 64-bit x86 kernels can be dom0")


# --- options ---------------------------------------------------------------------------------------


@case
def option_unknown(lab):
    lab.boots_well("option_unknown", r"command line: no such option: frobnicate=1$",
                   r"command line: no such option: -v$",
                   options="dom0_mem=64M frobnicate=1 -v")


@case
def option_bad_value(lab):
    lab.boots_well("option_bad_value", r"command line: value not understood: maxcpus=two$",
                   r"command line: value not understood: dom0_mem=lots$",
                   r"command line: value not understood: efi=maybe$",
                   options="dom0_mem=64M maxcpus=two dom0_mem=lots efi=maybe")


@case
def option_line_too_long(lab):
    with lab.boot("option_line_too_long", options="dom0_mem=64M " + "loglvl=all " * 120) as m:
        finish(m, r"command line: longer than 1023 bytes: the end is cut off")


@case
def console_unknown(lab):
    lab.boots_well("console_unknown", r"console=lpt1: no such device",
                   options="dom0_mem=64M console=com1,lpt1")


@case
def com1_second_port(lab):
    """com1= names another port: all of it goes there, nothing to the usual one."""
    lab.boots_well("com1_second_port", r"\(XEN\) Hypervisor", serial=("null", "stdio"),
                   options="dom0_mem=64M com1=115200,8n1,0x2f8,3")


@case
def com1_no_such_port(lab):
    """Nobody answers there: the machine is silent, but goes on to its end."""
    with lab.boot("com1_no_such_port", options="dom0_mem=64M com1=115200,8n1,0x2e8,3") as m:
        if "(XEN)" in m.wait_end():
            raise Failed("output on a port that was not named")


@case
def com1_formats(lab):
    for value in ("9600", "auto", "115200,7e1", "38400,8n1"):
        text = lab.boots_well("com1_formats", options="dom0_mem=64M com1=" + value)
        must_not_say(text, "not understood")


@case
def com1_bad(lab):
    for value, part in (("fast", "speed"), ("9600000,8n1", "speed"), ("115200,9q1", "format")):
        lab.boots_well("com1_bad", rf"com1={value}: {part} not understood",
                       options="dom0_mem=64M com1=" + value)


@case
def com1_input(lab):
    """Keys typed on another port and interrupt reach the hypervisor."""
    with lab.boot("com1_input", modules=[lab.guest + " wait"], serial=("null", "stdio"),
                  options="dom0_mem=64M com1=115200,8n1,0x2f8,3") as m:
        m.expect(r"^# waiting$")
        m.type("\x01\x01\x01h")
        m.expect(r"Input goes to the hypervisor")
        m.expect(r"  h  this list$")


# --- the screen --------------------------------------------------------------------------------------


def shows(read, m, lab):
    """The panic is on the screen, and so is what went before. A line comes there after the serial line
    has it, so the screen is read until it has the last one."""
    end = time.monotonic() + DEADLINE / 2
    wanted = ("(XEN) memory: ", "(XEN) Panic on CPU 0: no dom0 kernel", "Stopped (noreboot)")
    while True:
        text = read(m, lab)
        missing = [w for w in wanted if w not in text]
        if not missing:
            return
        if time.monotonic() > end:
            raise Failed(f"the screen has no {missing[0]!r}:\n{text}")


@case
def screen_text(lab):
    """Without a serial line a panic is on the screen, and so is what went before."""
    qmp = lab.work + "/qmp-text"
    with lab.boot("screen_text", options="noreboot", modules=[], qmp=qmp) as m:
        m.expect(r"screen: text, 80x25")
        m.expect(r"Stopped \(noreboot\)")
        shows(text_screen, m, lab)


@case
def screen_graphics(lab):
    """The same in graphics, which is what GRUB sets up when it can."""
    iso = grub_iso(lab, "screen_graphics", [f"multiboot2 /xen {CONSOLE} noreboot"], ["vbe"])
    qmp = lab.work + "/qmp-graphics"
    with Machine(lab.log("screen_graphics"), ["-cdrom", iso, "-boot", "d"], cpu=lab.cpu, qmp=qmp) as m:
        m.expect(r"screen: graphics, ")
        m.expect(r"Stopped \(noreboot\)")
        shows(graphics_screen, m, lab)


@case
def screen_not_named(lab):
    """console= without vga leaves the screen alone."""
    qmp = lab.work + "/qmp-none"
    with lab.boot("screen_not_named", options="noreboot console=com1", modules=[], qmp=qmp) as m:
        m.expect(r"Stopped \(noreboot\)")
        if "(XEN)" in text_screen(m, lab):
            raise Failed("the screen was written to")


# --- a crash ---------------------------------------------------------------------------------------


@case
def crash_shows_where(lab):
    """Key C crashes the hypervisor: registers, functions by name, and a restart."""
    with lab.boot("crash_shows_where", modules=[lab.guest + " wait"]) as m:
        m.expect(r"^# waiting$")
        m.type("\x01\x01\x01C")
        m.expect(r"'C': crashing the machine")
        m.expect(r"^\(XEN\) CPU \d.*rip [0-9a-f]{4}:[0-9a-f]{16} key_crash\+0x[0-9a-f]+$")
        m.expect(r"^\(XEN\) rax [0-9a-f]{16}  rbx ")
        m.expect(r"^\(XEN\) r13 [0-9a-f]{16}  r14 [0-9a-f]{16}  r15 ")
        m.expect(r"^\(XEN\) backtrace:")
        for name in ("key_crash", "process_input"):
            m.expect(rf"^\(XEN\)   \[[0-9a-f]{{16}}\] {name}\+0x[0-9a-f]+$")
        m.expect(r"Panic on CPU \d: fatal exception 6 \(invalid opcode\)")
        m.expect(r"Reboot in five seconds")
        m.wait_end()


@case
def crash_noreboot(lab):
    qmp = lab.work + "/qmp-crash"
    with lab.boot("crash_noreboot", modules=[lab.guest + " wait"], options="dom0_mem=64M noreboot",
                  qmp=qmp) as m:
        m.expect(r"^# waiting$")
        m.type("\x01\x01\x01C")
        m.expect(r"Stopped \(noreboot\)")
        m.all_cpus_halted(2)


def watchdog_finds(name, key, where):
    """A CPU that hangs is shown, and so is the other."""
    def run(lab):
        with lab.boot(name, modules=[lab.guest + " wait"],
                      options="dom0_mem=64M noreboot watchdog watchdog_timeout=2") as m:
            m.expect(r"watchdog: on, 2 seconds")
            m.expect(r"^# waiting$")
            m.type("\x01\x01\x01" + key)
            m.expect(r"'L': CPU (\d) hangs")
            m.expect(r"Watchdog: CPU \d has made no progress for 2 seconds")
            shown = [m.expect(r"^\(XEN\) CPU (\d) d\d+v\d+ .*\n") for _ in range(2)]
            if {s.group(1) for s in shown} != {"0", "1"} or not any(where in s.group(0) for s in shown):
                raise Failed("not both CPUs were shown")
            m.expect(r"Panic on CPU \d: watchdog: CPU \d is stuck")
    CASES.append(Case(name, run))


watchdog_finds("watchdog", "L", "key_hang")
watchdog_finds("watchdog_irqs_off", "l", "key_hang")


@case
def registers_key(lab):
    """Key d shows every CPU and the machine goes on."""
    with lab.boot("registers_key", modules=[lab.guest + " wait"]) as m:
        m.expect(r"^# waiting$")
        m.type("\x01\x01\x01d")
        for cpu in (0, 1):
            m.expect(rf"\*\*\* CPU{cpu}$")
        m.type("0")
        m.expect(r"Dumping Dom0 vcpu#0 state")
        m.expect(r"r13 [0-9a-f]{16}")
        m.type("*")
        m.expect(r"\[e: event channels\]")
        m.expect(r"Event channel information for domain 0:")
        m.expect(r"\[u: nodes\]")
        m.expect(r"Domain 0 \(total: \d+\)")
        m.type("a")
        m.expect(r"Dumping timer queues:$")
        for cpu in ("00", "01"):
            m.expect(rf"CPU{cpu}:$")
        m.type("g")
        m.expect(r"grant-table for remote d0")
        m.expect(r"no active grant table entries")
        m.type("-")
        m.expect(r"'-' pressed -> standard log level: Errors, warnings and info$")
        m.type("+")
        m.expect(r"'\+' pressed -> standard log level: All$")
        m.type("Q")
        m.expect(r"==== PCI devices ====$")
        m.type("w")
        m.expect(r"dumping console ring buffer")
        m.expect(r"^\(XEN\) memory map:$")
        m.type("t")
        if re.search("Panic", m.expect(r"system time \d+ ns").string):
            raise Failed("key d crashed the machine")
