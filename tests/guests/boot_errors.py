# SPDX-License-Identifier: GPL-2.0-only
"""Cases about hardware that reports errors: machine checks and NMIs, injected by QEMU's monitor."""

from cases import CASES, Case, case
from machine import Failed

CORRECTED = "0x9c00000000000080"    # valid, address and misc there
UNUSED = "0xbd000000000000c0"       # uncorrected, found before anybody used it
CORRUPT = "0xbe00000000000134"      # uncorrected, the processor is not what it should be
RUNS_ON = "0x5"                     # MCG_STATUS: in progress, what was interrupted can go on


def machine(lab, name, options="", more=()):
    return lab.boot(name, options="dom0_mem=64M noreboot " + options, modules=[lab.guest + " wait"],
                    qmp=f"{lab.work}/qmp-{name}", more=more)


def inject(m, cpu, status, mcg_status, address, broadcast=False):
    """An address in bytes, known to one page (misc 0x8c)."""
    done = m.monitor(f"mce {'-b ' if broadcast else ''}{cpu} 9 {status} {mcg_status} {address} 0x8c").strip()
    if done:
        raise Failed(f"QEMU does not inject it: {done}")


def goes_on(m):
    """The hypervisor still answers, and both CPUs do."""
    m.type("\x01\x01\x01d")
    for cpu in (0, 1):
        m.expect(rf"\*\*\* CPU{cpu}$")


@case
def error_corrected(lab):
    """It is found by looking for it from time to time."""
    with machine(lab, "error_corrected") as m:
        m.expect(r"^# waiting$")
        inject(m, 1, CORRECTED, "0", "0x1234000")
        m.expect(r"CPU1: machine check, bank 9: status 9c00000000000080, address 1234000, misc 8c$")
        goes_on(m)


@case
def error_before_start(lab):
    """What the banks still have of the last run is told."""
    with machine(lab, "error_before_start", more=["-S"]) as m:
        m.wait_monitor()
        inject(m, 0, CORRECTED, "0", "0x5678000")
        m.monitor("cont")
        m.expect(r"CPU0: errors of before this start:$")
        m.expect(r"CPU0: machine check, bank 9: status 9c00000000000080, address 5678000, misc 8c$")
        m.expect(r"^# waiting$")


@case
def error_unused_memory(lab):
    """A machine check on all CPUs: the page goes out of use, the machine goes on."""
    with machine(lab, "error_unused_memory") as m:
        m.expect(r"^# waiting$")
        inject(m, 0, UNUSED, RUNS_ON, "0x10000000")
        m.expect(r"CPU0: machine check, bank 9: status bd000000000000c0, address 10000000, misc 8c$")
        m.expect(r"machine check: page 10000 is out of use once it is free$")
        goes_on(m)
        inject(m, 1, UNUSED, RUNS_ON, "0x18000000")
        m.expect(r"machine check: page 18000 is out of use once it is free$")


def ends_the_machine(name, status, mcg_status):
    def run(lab):
        with machine(lab, name) as m:
            m.expect(r"^# waiting$")
            inject(m, 1, status, mcg_status, "0x1234000")
            m.expect(rf"CPU1: machine check, MCG_STATUS {mcg_status[2:]}$")
            m.expect(rf"CPU1: machine check, bank 9: status {status[2:]}, address 1234000, misc 8c$")
            m.expect(r"Panic on CPU 1: machine check on CPU1: an error that could not be corrected$")
            m.expect(r"Stopped \(noreboot\)")
            m.all_cpus_halted(2)
    CASES.append(Case(name, run))


ends_the_machine("error_fatal", CORRUPT, RUNS_ON)
ends_the_machine("error_cannot_go_on", UNUSED, "0x4")


@case
def error_injected_to_both(lab):
    """QEMU's broadcast: CPU 0 has an error, CPU 1 one that no processor recovers from."""
    with machine(lab, "error_injected_to_both") as m:
        m.expect(r"^# waiting$")
        inject(m, 0, CORRUPT, RUNS_ON, "0x1234000", broadcast=True)
        m.expect(r"Panic on CPU \d: machine check on CPU\d: an error that could not be corrected$")
        m.expect(r"Stopped \(noreboot\)")


@case
def nmi_ignored(lab):
    with machine(lab, "nmi_ignored", "nmi=ignore") as m:
        m.expect(r"^# waiting$")
        m.monitor("nmi")
        m.type("\x01\x01\x01n")
        m.expect(r"NMIs taken: 1$")
        m.expect(r"d0v0: NMI not pending, not masked$")


@case
def nmi_fatal(lab):
    with machine(lab, "nmi_fatal", "nmi=fatal") as m:
        m.expect(r"^# waiting$")
        m.monitor("nmi")
        m.expect(r"^\(XEN\) CPU 0 ")
        m.expect(r"Panic on CPU 0: an NMI, without a known reason$")
        m.expect(r"Stopped \(noreboot\)")
