#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Boots each tiny guest as dom0 of the hypervisor under QEMU and reads its TAP output, then runs the
cases of boot_cases.py. T=WORD in the environment selects by name."""

import argparse
import concurrent.futures
import os
import sys

from boot_cases import CASES
from lab import Lab
from machine import Failed, Machine, Skipped, judge_tap, multiboot

APPEND = "console=com1 com1=115200 dom0_mem=64M loglvl=all noreboot=0"


def run_guest(lab, guest):
    """Name, passed, failed, skipped, and lines that say why."""
    name = os.path.basename(guest)
    with Machine(lab.log(name), multiboot(lab.hypervisor, APPEND, [guest]), cpu=lab.cpu) as m:
        try:
            m.wait_end()
        except Failed as why:
            m.text += f"\n# {why}\n"
        passed, failed, why = judge_tap(m.text)
    return name, passed, failed, 0, why


def run_case(lab, case):
    try:
        case.run(lab)
    except Skipped as why:
        return case.name, 0, 0, 1, [f"skipped: {why}"]
    except Failed as why:
        return case.name, 0, 1, 0, [str(why), f"console: {lab.log(case.name)}"]
    return case.name, 1, 0, 0, []


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hypervisor", required=True)
    parser.add_argument("--log-dir", required=True)
    parser.add_argument("--cpu", default="max")
    parser.add_argument("guests", nargs="+")
    args = parser.parse_args()
    lab = Lab(args)
    word = os.environ.get("T", "")
    total = [0, 0, 0]
    jobs = int(os.environ.get("GUESTS_JOBS", min(4, os.cpu_count() or 1)))
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        runs = [pool.submit(run_guest, lab, g) for g in args.guests if word in os.path.basename(g)]
        runs += [pool.submit(run_case, lab, c) for c in CASES if word in c.name]
        for run in runs:
            name, *counts, why = run.result()
            total = [t + c for t, c in zip(total, counts)]
            mark = "FAIL" if counts[1] else "skip" if counts[2] else "ok  "
            print(f"{mark} {name}" + (f" ({counts[0]} passed, {counts[1]} failed)"
                                      if sum(counts) > 1 else ""), flush=True)
            for line in why:
                print("     " + line)
    print(f"guests: {total[0]} passed, {total[1]} failed, {total[2]} skipped")
    return 1 if total[1] or not total[0] else 0


if __name__ == "__main__":
    sys.exit(main())
