# SPDX-License-Identifier: GPL-2.0-only
"""Cases about what is shown of a crash, a hang and a machine that goes on: the screen, registers, keys."""

import re
import time

from cases import CASES, Case, case
from lab import CONSOLE, graphics_screen, grub_iso, text_screen
from machine import DEADLINE, Failed, Machine

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
    options = "dom0_mem=64M noreboot conswitch=b crash-debug-panic=m crash-debug-debugkey=t+Cq"
    with lab.boot("crash_noreboot", modules=[lab.guest + " wait"], options=options, qmp=qmp) as m:
        m.expect(r"^# waiting$")
        m.type("\x02\x02\x02C")
        m.expect(r"Input goes to the hypervisor; 'h' for help \(Ctrl-B three times switches\)")
        m.expect(r"Panic on CPU \d: fatal exception 6 \(invalid opcode\)")
        for key, says in (("t", "system time"), ("q", "domain")):
            m.expect(rf"^\(XEN\) crash-debug: key '{key}'")
            m.expect(rf"^\(XEN\) .*{says}")
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
