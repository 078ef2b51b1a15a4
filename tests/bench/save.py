# SPDX-License-Identifier: GPL-2.0-only
"""save and restore of a Debian guest, into a file in dom0's memory: what the command takes, start to end."""

import os
import re

import corner as corners
from dom0 import Dom0, GuestShell
from linux import COMMAND, TOOLS
from machine import MachineError
from report import Broken
from rows import Row

GROUP = "save"
SIZES = (128, 1024)
ROWS = [Row(f"{what}-{mib}", GROUP, "s", 1 / 3, f"xm | xl {what} of a guest with {mib} MiB")
        for mib in SIZES for what in ("save", "restore")]
ROWS += [Row(f"{what}-{mib}", GROUP, "MiB", None, f"{text}, {mib} MiB", most) for mib in SIZES
         for what, text, most in (("save-rss", "resident memory of the save worker", 32),
                                  ("save-file", "size of the image", None))]
FILE = "/tmp/bench.saved"


def timed(machine, command):
    """Nanoseconds, as dom0's clock of 10 ms has them, and what it printed."""
    text = machine.check("now() { read up idle < /proc/uptime; echo $up | tr -d .; }; a=$(now); "
                         f"{command} || exit 1; echo took $(($(now) - a))", 300)
    return float(re.search(r"^took (\d+)$", text, re.M).group(1)) * 1e7, text


def one_guest(setup, dom0, samples, side, mib):
    environment, tool = COMMAND[side]
    dom0.create("bench", f"memory={mib}")
    dom0.shell("bench").leave()
    for _ in range(setup.quick(3, 2)):
        found = {}
        took, text = timed(dom0.machine, f"{environment}{tool} save {'--json ' if side == 'ours' else ''}"
                           f"bench {FILE}")
        found[f"save-{mib}"] = [took]
        rss = re.search(r'"worker_rss_kib": *(\d+)', text)
        if rss:
            found[f"save-rss-{mib}"] = [float(rss.group(1)) * 1024]
        size = dom0.machine.check(f"wc -c < {FILE}")
        found[f"save-file-{mib}"] = [float(size.split()[-1])]
        found[f"restore-{mib}"] = [timed(dom0.machine, f"{environment}{tool} restore {FILE}")[0]]
        dom0.machine.check(f"rm {FILE}")
        alive(dom0).leave()
        samples.add(side, found)
    dom0.clean()


def alive(dom0):
    """The shell of a guest that showed its prompt before it was saved."""
    session = dom0.console("bench")
    session.send("\n")
    return GuestShell(session)


def run(setup, samples, side):
    corner = corners.Corner(side, TOOLS[side], "hvc0", memory="6G",
                            xen_args="dom0_mem=2600M,max:2600M")
    machine = corner.boot(os.path.join("bench", "save"))
    try:
        with machine:
            machine.check("mount -t tmpfs -o size=2400m tmpfs /tmp")
            dom0 = Dom0(machine, side, TOOLS[side])
            for mib in SIZES:
                one_guest(setup, dom0, samples, side, mib)
    except MachineError as why:
        raise Broken(f"{side}: {why}") from None
