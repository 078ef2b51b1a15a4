# SPDX-License-Identifier: GPL-2.0-only
"""Errors of the hardware, injected by QEMU: dom0's kernel is told, a guest whose memory is bad ends alone."""

import os
import re
import struct

import pytest

from corner import build_dir
from monitor import Monitor

pytestmark = [pytest.mark.hv("ours"), pytest.mark.tools("ours")]

CORRECTED = 0x9c00000000000080
ABOUT_TO_BE_USED = 0xbd80000000000134
ITS_OWN = 7                 # MCG_STATUS: in progress, and what met it is what runs
RECORD = 112                # bytes, in /dev/mcelog


def records(dom0):
    """What /dev/mcelog has: (status, misc, address, bank, CPU)."""
    data = bytes.fromhex(dom0.check("dd if=/dev/mcelog bs=8192 count=1 2>/dev/null | hexdump -v -e '1/1 \"%02x\"'"))
    return [struct.unpack_from("<QQQ", data, at) + (data[at + 65], data[at + 66])
            for at in range(0, len(data), RECORD)]


def stop_in_guest(dom0, monitor, cpu):
    """The machine stands still while that CPU is in a guest."""
    def in_guest():
        monitor("stop")
        registers = monitor("info registers -a")
        if re.search(rf"^CPU#{cpu}\s.*?\bCPL=(\d)", registers, re.M | re.S)[1] == "3":
            return True
        monitor("cont")
        return False
    dom0.machine.until(in_guest, 60, f"CPU {cpu} in a guest")


def test_errors(machine_of):
    monitor = Monitor(os.path.join(build_dir(), "logs", f"monitor-{os.getpid()}"))
    dom0 = machine_of("errors", xen_args="dom0_max_vcpus=1 dom0_vcpus_pin", more=monitor.arguments)
    interrupts = "grep mce /proc/interrupts | tr -s ' ' | cut -d' ' -f3"
    assert dom0.check(interrupts) == "0\n"

    assert monitor(f"mce 1 9 {CORRECTED:#x} 0 0x1234000 0x8c").strip() == ""
    dom0.machine.until(lambda: dom0.check(interrupts) == "1\n", 60, "dom0's interrupt")
    dom0.machine.until(lambda: records(dom0) == [(CORRECTED, 0x8c, 0x1234000, 9, 1)], 60, "the record")

    monitor("nmi")
    dom0.machine.expect(rb"Uhhuh. NMI received for unknown reason 00 on CPU 0", 60)

    dom0.tiny("busy", "spin", "cpus='1'", "on_crash='preserve'")
    dom0.until(lambda rows: rows["busy"].time > 1, 60, "it runs")
    stop_in_guest(dom0, monitor, 1)
    assert monitor(f"mce 1 9 {ABOUT_TO_BE_USED:#x} {ITS_OWN} 0x1235000 0x8c").strip() == ""
    monitor("cont")
    dom0.until(lambda rows: rows["busy"].state[4] == "c", 60, "the guest has crashed")
    dom0.machine.until(lambda: records(dom0) == [(ABOUT_TO_BE_USED, 0x8c, 0x1235000, 9, 1)], 60, "the record")
    dom0.must("destroy busy")
