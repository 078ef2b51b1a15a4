#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""disk_check.py DISK [CASE...]: boots the installed disk by BIOS and by UEFI, from GRUB's menu to an
answer of `xm list` and a guest. T=WORD selects. With `debian`: the disk with a Debian system."""

import os
import shutil
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "guests"))

import machine  # noqa: E402  pylint: disable=wrong-import-position
from machine import Failed, Machine  # noqa: E402  pylint: disable=wrong-import-position

BUILD = os.environ.get("O", "build")
LOGS = os.path.join(BUILD, "logs", "disk")
OVMF = "/usr/share/OVMF/OVMF_CODE_4M.fd"
VARS = "/usr/share/OVMF/OVMF_VARS_4M.fd"
CASES = {}


def case(fn):
    CASES[fn.__name__] = fn
    return fn


def disk_args(disk):
    return ["-drive", f"file={disk},format=raw,if=virtio,snapshot=on"]


def uefi_args(disk):
    variables = os.path.join(LOGS, "variables.fd")
    shutil.copy(VARS, variables)
    return ["-drive", f"if=pflash,format=raw,readonly=on,file={OVMF}",
            "-drive", f"if=pflash,format=raw,file={variables}"] + disk_args(disk)


def boot(name, args, *patterns, **kwargs):
    with Machine(os.path.join(LOGS, name + ".log"), args, memory="1G", **kwargs) as m:
        m.expect(r"Debian GNU/Linux, on the paravirtual hypervisor")
        m.expect(r"\(XEN\) command line: dom0_mem=768M,max:768M console=com1 com1=115200 loglvl=all$")
        m.expect(r"\(XEN\) dom0: 768 MiB, 2 vcpus")
        m.expect(r"^disk: arguments: (placeholder )?root=UUID=\S+ ro console=tty0 console=hvc0")
        for pattern in patterns:
            m.expect(pattern)
        m.expect(r"^Name +ID +Mem.*\n(?:.*\n)?Domain-0 +0 ")
        m.expect(r"^tiny +1 ")
        m.expect(r"^disk: done$")
        text = m.wait_end()
    for word in ("Panic", "Oops", "WARNING: CPU"):
        if word in text:
            raise Failed(f"the console has '{word}'")


@case
def bios(disk):
    boot("bios", disk_args(disk), r"^disk: efi: none$", r"^disk: acpi: .*FACP", r"^disk: framebuffer: VESA VGA$")


@case
def uefi(disk):
    """dom0 finds ACPI and a screen by UEFI's tables, and writes a variable and reads it back."""
    boot("uefi", uefi_args(disk), r"^disk: efi: /sys/firmware/efi$", r"^disk: acpi: .*FACP",
         r"^disk: framebuffer: EFI VGA", r"^disk: efi variables: [1-9]\d+$",
         r"^disk: efi variable: hello, firmware$")


@case
def debian(disk):
    """systemd starts our units, none fails, they survive being killed, and update-grub finds us."""
    machine.DEADLINE *= 8
    with Machine(os.path.join(LOGS, "debian.log"), uefi_args(disk), memory="2G") as m:
        m.expect(r"^probe: state running$")
        for unit in ("proc-xen.mount", "xenstored", "xen-init-dom0", "xend"):
            m.expect(rf"^probe: {unit} active$")
        m.expect(r"^probe: group xen$")
        m.expect(r"^probe: modules 6$")
        m.expect(r"^probe: store Domain-0$")
        m.expect(r"^Domain-0 +0 ")
        m.expect(r"^probe: the store was killed and is back$")
        m.expect(r"^probe: xend was killed and is back$")
        m.expect(r"^tiny +1 ")
        m.expect(r"^probe: the first guest has a prompt$")
        m.expect(r"^probe: reloaded$")
        m.expect(r"^probe: logrotate takes our file$")
        m.expect(r"^probe: update-grub: Found kernel for the hypervisor: /boot/xen-pv/vmlinux-")
        m.expect(r"^probe: entries 3$")
        m.expect(r"^probe: efi variables [1-9]\d+$")
        m.expect(r"^probe: done$")
        m.wait_end()


def main():
    os.makedirs(LOGS, exist_ok=True)
    failed = 0
    cases = [CASES[n] for n in sys.argv[2:] or ("bios", "uefi") if os.environ.get("T", "") in n]
    if not cases:
        sys.exit(f"disk: no case has {os.environ['T']!r} in its name")
    for fn in cases:
        try:
            fn(sys.argv[1])
            print(f"ok   {fn.__name__}", flush=True)
        except Failed as why:
            print(f"FAIL {fn.__name__}: {why}; console: {LOGS}/{fn.__name__}.log", flush=True)
            failed += 1
    print(f"disk: {len(cases) - failed} passed, {failed} failed, 0 skipped")
    return failed != 0


sys.exit(main())
