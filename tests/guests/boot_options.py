# SPDX-License-Identifier: GPL-2.0-only
"""Cases about what the hypervisor is told at its start: options, dom0's memory, kernels that cannot be started."""

from cases import CASES, Case, case
from lab import fake_bzimage, finish, must_not_say, without_notes
from machine import Failed

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
def option_reboot_no(lab):
    with lab.boot("option_reboot_no", options="reboot=no", modules=[]) as m:
        m.expect(r"Stopped \(noreboot\)")


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
