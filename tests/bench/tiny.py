# SPDX-License-Identifier: GPL-2.0-only
"""Timed tiny guests (guests/), each booted as the dom0 of a hypervisor."""

import importlib.util
import os
from collections import namedtuple

from report import Broken, parse

HERE = os.path.dirname(os.path.abspath(__file__))


def load(name, path):
    """A module of another folder, under a name of its own: tests/system has a machine.py, too."""
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


machine = load("guest_machine", os.path.join(os.path.dirname(HERE), "guests", "machine.py"))

# names: other names for its measures; without: measures left out; threads: QEMU's. One thread for all
# CPUs goes to the next when one halts, which makes the sum of what both do; a CPU that only yields
# does not, and takes turns with the other in truth only in a thread of its own.
Run = namedtuple("Run", "guest cpus names without threads", defaults=({}, (), "single"))
RUNS = {
    "tiny": [Run("loops", 1)],
    "switch": [Run("switch", 1), Run("domains", 1),
               Run("switch", 2, {"event-round-trip": "event-round-trip-2"}, ("yield-round-trip",)),
               Run("switch", 2, {"yield-round-trip": "yield-round-trip-2"}, ("event-round-trip",), "multi")],
}
OPTIONS = "console=com1 com1=115200 dom0_mem=64M dom0_max_vcpus=2 loglvl=warning guest_loglvl=all "
ICOUNT = ["-icount", "shift=0,sleep=off"]


def run_guest(setup, side, what, icount):
    """What the guest printed."""
    log = os.path.join(setup.logs, f"{what.guest}-{what.cpus}-{what.threads}-{side}"
                       f"{'-icount' if icount else ''}.log")
    args = machine.multiboot(setup.hypervisor[side], OPTIONS + setup.options[side],
                             [os.path.join(setup.guests, what.guest)])
    with machine.Machine(log, args + (ICOUNT if icount else []), cpus=what.cpus, threads=what.threads,
                         cpu="max,-smap") as m:
        try:
            m.expect(r"guest done|Bail out")
        except machine.Failed as why:
            raise Broken(f"{what.guest} on {side}: {why} ({log})") from None
        if "Bail out" in m.text:
            raise Broken(f"{what.guest} on {side} gave up ({log})")
        return m.text


def run(setup, group, samples, side, icount=False):
    for what in RUNS[group]:
        if icount and what.cpus > 1:    # how long one waits for the other is nobody's instructions
            continue
        found = parse(run_guest(setup, side, what, icount))
        if not found:
            raise Broken(f"{what.guest} on {side} printed no figures")
        for name in what.without:
            found.pop(name, None)
        if icount:
            samples.add_counts(side, found, what.names)
        else:
            samples.add(side, found, rename=what.names)
