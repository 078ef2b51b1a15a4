# SPDX-License-Identifier: GPL-2.0-only
"""How long a guest stands still while it moves to the same host and writes 10 MiB/s: live with our tools. The packaged
Xen has no log-dirty mode, so that there, as in a row of ours, it is stopped and copied."""

import json
import os

import corner as corners
from dom0 import Dom0
from linux import COMMAND, TOOLS
from machine import MachineError
from report import Broken
from rows import Row
from save import FILE, alive, timed

GROUP = "migrate"
MIB = 256
ROWS = [Row(f"migrate-live-{MIB}", GROUP, "s", 1 / 10, f"a guest with {MIB} MiB that writes 10 MiB/s stands still: "
            "xm migrate -l | xl save and restore"),
        Row(f"migrate-stop-{MIB}", GROUP, "s", None, "the same: xm migrate | xl save and restore")]
# 40 MiB of its memory, one after the other
LOAD = ("dd if=/dev/urandom of=/tmp/r bs=64k count=16 2> /dev/null; { i=0; while :; do i=$((i+1)); "
        "dd if=/tmp/r of=/tmp/d bs=1M count=1 conv=notrunc seek=$((i%40)) 2> /dev/null; usleep 90000; done & }")


def stopped(machine, options):
    """What xend says of how long it stood still, in nanoseconds."""
    found = json.loads(machine.check(f"xm migrate --json {options} bench localhost", 300))
    return [float(found["down_ms"]) * 1e6]


def one_round(machine, side):
    if side == "ours":
        return {f"migrate-live-{MIB}": stopped(machine, "-l"), f"migrate-stop-{MIB}": stopped(machine, "")}
    environment, tool = COMMAND[side]
    took = [timed(machine, f"{environment}{tool} save bench {FILE} && {environment}{tool} restore {FILE}")[0]]
    machine.check(f"rm {FILE}")
    return {f"migrate-live-{MIB}": took, f"migrate-stop-{MIB}": took}


def run(setup, samples, side):
    corner = corners.Corner(side, TOOLS[side], "hvc0", memory="4G")
    machine = corner.boot(os.path.join("bench", "migrate"))
    try:
        with machine:
            machine.check("mount -t tmpfs -o size=400m tmpfs /tmp")
            dom0 = Dom0(machine, side, TOOLS[side])
            dom0.create("bench", f"memory={MIB}")
            guest = dom0.shell("bench")
            guest.run(LOAD)
            guest.leave()
            for _ in range(setup.quick(3, 1)):
                samples.add(side, one_round(machine, side))
            alive(dom0).leave()
    except MachineError as why:
        raise Broken(f"{side}: {why}") from None
