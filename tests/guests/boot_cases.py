# SPDX-License-Identifier: GPL-2.0-only
"""Cases about the hypervisor's own start, each a boot of a second or less: loaders, machines, options,
kernels that cannot be started, and what a crash shows."""

import re
from collections import namedtuple

from lab import CONSOLE, fake_bzimage, finish, grub_iso, must_not_say, without_notes
from machine import Failed, Machine

Case = namedtuple("Case", "name run")
CASES = []


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
