# SPDX-License-Identifier: GPL-2.0-only
"""A machine whose UEFI firmware and ACPI tables are above 4 GiB: high_loader.c tells the hypervisor so."""

import os
import struct

from cases import case
from lab import CONSOLE, finish
from machine import Machine, multiboot

BASE = 0x140000000      # high_loader.c and firmware.c have it, too
RSDP_AT = 0x90000       # low memory, where the loader copies it from


def checked(table, at):
    """With the byte at `at` such that all bytes sum up to 0."""
    table = bytearray(table)
    table[at] = -sum(table) % 256
    return bytes(table)


def acpi_table(name, body, revision=1):
    head = struct.pack("<4sIBB6s8sI4sI", name, 36 + len(body), revision, 0, b"HIGH  ", b"HIGHHIGH", 1, b"HIGH", 1)
    return checked(head + body, 9)


def acpi_tables(at):
    """The tables from address `at` on: two CPUs, an I/O APIC, a timer, and how to switch off. -> (bytes, root)."""
    dsdt = acpi_table(b"DSDT", b"\x08_S5_\x12\x06\x04\0\0\0\0" + bytes(16))
    madt = acpi_table(b"APIC", struct.pack("<II", 0xfee00000, 1)
                      + b"".join(struct.pack("<BBBBI", 0, 8, i, i, 1) for i in (0, 1))
                      + struct.pack("<BBBBII", 1, 12, 0, 0, 0xfec00000, 0)
                      + struct.pack("<BBBBIH", 2, 10, 0, 0, 2, 0))
    fadt = bytearray(244 - 36)
    struct.pack_into("<I", fadt, 64 - 36, 0x604)        # PM1a control
    struct.pack_into("<I", fadt, 76 - 36, 0x608)        # PM timer
    struct.pack_into("<Q", fadt, 140 - 36, at)          # the DSDT comes first
    data, addresses = b"", []
    for table in (dsdt, madt, acpi_table(b"FACP", bytes(fadt), 4)):
        addresses.append(at + len(data))
        data += table + bytes(-len(table) % 16)
    root = at + len(data)
    return data + acpi_table(b"XSDT", struct.pack("<QQ", *addresses[1:])), root


def firmware():
    """What lies at BASE, and the RSDP."""
    data = bytearray(0x10000)
    struct.pack_into("<QIIIIQII", data, 0, 0x5453595320494249, 2 << 16 | 70, 120, 0, 0, BASE + 0x200, 7, 0)
    struct.pack_into("<QQQQ", data, 88, BASE + 0x100, 0, 1, BASE + 0x300)
    struct.pack_into("<QIIIIQ", data, 0x100, 0x56524553544e5552, 2 << 16 | 60, 136, 0, 0, BASE + 0x400)
    data[0x200:0x20a] = "High\0".encode("utf-16-le")
    # get_time: mov word [rcx], 2026; mov byte [rcx + 2], 11; xor eax, eax; ret
    code = bytes.fromhex("66c701ea07" "c641020b" "31c0" "c3")
    data[0x400:0x400 + len(code)] = code
    tables, root = acpi_tables(BASE + 0x1000)
    data[0x1000:0x1000 + len(tables)] = tables
    rsdp = struct.pack("<8sB6sBIIQB3s", b"RSD PTR ", 0, b"HIGH  ", 2, 0, 36, root, 0, bytes(3))
    rsdp = checked(rsdp[:20], 8) + rsdp[20:]
    return bytes(data), checked(rsdp, 32)


@case
def firmware_above_4g(lab):
    """dom0 is told of its tables, its services are called, and ACPI is found."""
    data, rsdp = firmware()
    guests = os.path.dirname(lab.guest)
    more = ["-device", f"loader,file={lab.file('high-firmware', data)},addr={BASE:#x},force-raw=on",
            "-device", f"loader,file={lab.file('high-rsdp', rsdp)},addr={RSDP_AT:#x},force-raw=on"]
    args = multiboot(guests + "/high_loader", CONSOLE + "dom0_mem=64M",
                     [lab.hypervisor, guests + "/firmware high"])
    with Machine(lab.log("firmware_above_4g"), args, memory="6G", cpu=lab.cpu, more=more) as m:
        finish(m, r"efi: revision 2\.70, 1 memory regions, runtime services in use$",
               r"acpi: 2 CPUs, 1 I/O APICs, PM timer 0x608, HPET 0, soft-off yes$", r"smp: 2 of 2 CPUs up")
