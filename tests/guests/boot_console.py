# SPDX-License-Identifier: GPL-2.0-only
"""Cases about the console's options: which serial line, keys, times, what stays on the screen."""

from cases import CASES, Case, case
from lab import must_not_say, text_screen
from machine import Failed

KEYS = "\x01\x01\x01"
PCI_CARD = ["-chardev", "stdio,id=card", "-device", "pci-serial,chardev=card,addr=9"]


@case
def com2(lab):
    """The second port by its own name; its keys, too."""
    with lab.boot("com2", modules=[lab.guest + " wait"], serial=("null", "stdio"),
                  options="dom0_mem=64M console=com2 com2=115200,8n1") as m:
        m.expect(r"^# waiting$")
        m.type(KEYS + "h")
        m.expect(r"  h  this list$")


def on_pci_card(name, option):
    """It has no interrupt: keys are looked for from time to time."""
    def run(lab):
        with lab.boot(name, modules=[lab.guest + " wait"], serial=("null",), more=PCI_CARD,
                      options="dom0_mem=64M console=com1 com1=" + option) as m:
            m.expect(r"^# waiting$")
            m.type(KEYS + "h")
            m.expect(r"  h  this list$")
    CASES.append(Case(name, run))


on_pci_card("com1_pci", "115200,8n1,pci")
on_pci_card("com1_pci_place", "115200/115200,8n1,,,00:09.0")


@case
def com1_no_such_card(lab):
    lab.boots_well("com1_no_such_card", r"com2=115200,8n1,pci: no such PCI card$",
                   options="dom0_mem=64M console=com1,com2 com2=115200,8n1,pci")


def stamps(name, pattern):
    def run(lab):
        lab.boots_well("stamps_" + name, rf"^\(XEN\) {pattern}smp: 2 of 2 CPUs up$",
                       options="dom0_mem=64M console_timestamps=" + name)
    CASES.append(Case("stamps_" + name, run))


stamps("boot", r"\[ +\d+\.\d{6}\] ")
stamps("raw", r"\[[0-9a-f]{16}\] ")
stamps("none", "")


@case
def conring_size(lab):
    """What was printed before the ring grew is still in it, and there is room for all."""
    with lab.boot("conring_size", modules=[lab.guest + " wait"], options="dom0_mem=64M conring_size=1M") as m:
        m.expect(r"^# waiting$")
        m.type(KEYS + "w")
        m.expect(r"dumping console ring buffer")
        m.expect(r"^\(XEN\) command line: .*conring_size=1M$")


@case
def vga_keep(lab):
    """The hypervisor goes on writing on the screen; elsewhere it stops when dom0 starts."""
    for option, there in (("vga=keep", True), ("vga=current", False)):
        with lab.boot("vga_keep", modules=[lab.guest + " wait"], options="dom0_mem=64M " + option,
                      qmp=lab.work + "/qmp-keep") as m:
            m.expect(r"^# waiting$")
            m.type(KEYS + "n")
            m.expect(r"NMIs taken: 0$")
            m.expect(r"d0v1: NMI not pending, not masked$")
            if ("NMIs taken: 0" in text_screen(m, lab)) != there:
                raise Failed(f"{option}: the screen is not as it should be")


@case
def vga_mode(lab):
    text = lab.boots_well("vga_mode", r"vga=: the boot loader sets the screen's mode",
                          options="dom0_mem=64M vga=text-80x50,keep")
    must_not_say(text, "not understood")
