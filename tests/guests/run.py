#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Boots each tiny guest as dom0 of a hypervisor under QEMU and reads its TAP output, then runs the
cases of boot_cases.py. In the environment: T=REGEX selects by name, GUEST_ARGS is the guests' command line.

With --hv both the guests run on ours and on the packaged Xen; a table shows both, and below it each
check that they answer otherwise. Only ours decides about success, and differences nobody declared."""

import argparse
import concurrent.futures
import os
import re
import sys
from collections import namedtuple

from boot_cases import CASES, LONG_CASES
from lab import Lab
from machine import Failed, Machine, Skipped, multiboot
from tap import Check, checks_of, differences

APPEND = "console=com1 com1=115200 dom0_mem=64M loglvl=all noreboot=0"
# what a guest needs beyond an empty machine: MSI, MSI-X
DEVICES = {"platform": ["-device", "edu", "-device", "virtio-rng-pci", "-device", "qemu-xhci"]}
# and what our hypervisor is told more: a hang says where
OPTIONS = {"random": "watchdog watchdog_timeout=30", "kill": "watchdog watchdog_timeout=30"}
# packaged Xen: lazy FPU switching and SMAP break under QEMU's emulation
Column = namedtuple("Column", "name hypervisor append cpu")


def run_guest(lab, guest, column):
    """Its checks."""
    name = os.path.basename(guest)
    log = lab.log(name if column.name == "ours" else f"{name}-{column.name}")
    module = f"{guest} {os.environ.get('GUEST_ARGS', '')}".strip()
    append = column.append + (" " + OPTIONS.get(name, "") if column.name == "ours" else "")
    args = multiboot(column.hypervisor, append.strip(), [module]) + DEVICES.get(name, [])
    with Machine(log, args, cpu=column.cpu) as m:
        try:
            if column.name == "ours":
                m.wait_end()
            else:  # which halts: QEMU does not end by itself
                m.expect(r"^.*# guest done.*$|Bail out!.*\n|[dD]om(ain |)0 (crashed|halted|shutdown)")
        except Failed as why:
            m.text += f"\nBail out! {why}\n"
    return checks_of(m.text)


def run_case(lab, case):
    try:
        case.run(lab)
    except Skipped as why:
        return why
    except Failed as why:
        return [Check(case.name, False, [str(why), f"console: {lab.log(case.name)}"], None)]
    return [Check(case.name, True, [], None)]


class Report:
    def __init__(self, columns):
        self.columns = columns
        self.passed = self.failed = self.skipped = self.unexpected = 0

    def line(self, name, checks):
        """One column; also the line of a boot case."""
        if isinstance(checks, Skipped):
            self.skipped += 1
            print(f"skip {name}\n     skipped: {checks}", flush=True)
            return
        bad = [c for c in checks if not c.ok and not c.todo]
        self.count(checks)
        counts = f" ({len(checks) - len(bad)} passed, {len(bad)} failed)" if len(checks) > 1 else ""
        print(f"{'FAIL' if bad else 'ok  '} {name}{counts}", flush=True)
        self.details(bad)

    def count(self, checks):
        bad = sum(not c.ok and not c.todo for c in checks)
        self.failed += bad
        self.passed += len(checks) - bad

    @staticmethod
    def details(bad):
        for check in bad:
            print("     " + (f"not ok: {check.name}" if len(check.why) < 2 else check.name))
            for why in check.why:
                print("       " + why)

    def row(self, name, ours, xen):
        """Both columns of a guest."""
        cells = [f"{sum(c.ok for c in col):>5}/{len(col):<5}" for col in (ours, xen)]
        lines, unexpected = differences(ours, xen)
        self.count(ours)
        self.unexpected += unexpected
        print(f"{name:<14} {cells[0]} {cells[1]}" + ("" if lines else "  same"), flush=True)
        for line in lines:
            print("     " + line)
        both = {c.name for c in xen if not c.ok}
        self.details([c for c in ours if not c.ok and c.name in both])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hypervisor", required=True)
    parser.add_argument("--xen", help="the packaged one")
    parser.add_argument("--hv", choices=["ours", "xen", "both"], default="ours")
    parser.add_argument("--log-dir", required=True)
    parser.add_argument("--cpu", default="max")
    parser.add_argument("--long", action="store_true", help="only the cases that take minutes")
    parser.add_argument("guests", nargs="+")
    args = parser.parse_args()
    lab = Lab(args)
    wanted = re.compile(os.environ.get("T", ""))
    columns = []
    if args.hv != "xen":
        columns.append(Column("ours", lab.hypervisor, APPEND, args.cpu))
    if args.hv != "ours":
        columns.append(Column("xen", os.path.abspath(args.xen), APPEND + " spec-ctrl=eager-fpu",
                              args.cpu + ",-smap"))
    guests = [g for g in args.guests if wanted.search(os.path.basename(g)) and not args.long]
    cases = [c for c in (LONG_CASES if args.long else CASES) if wanted.search(c.name) and args.hv == "ours"]
    if not guests and not cases:
        sys.exit(f"guests: nothing has a name like T={wanted.pattern!r}")
    report = Report(columns)
    jobs = int(os.environ.get("GUESTS_JOBS", min(4, os.cpu_count() or 1)))
    if len(columns) > 1:
        print(f"{'guest':<14} {'ours':^11} {'xen':^11}")
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        runs = [(os.path.basename(g), [pool.submit(run_guest, lab, g, c) for c in columns])
                for g in guests]
        runs += [(c.name, [pool.submit(run_case, lab, c)]) for c in cases]
        for name, futures in runs:
            results = [f.result() for f in futures]
            if len(results) > 1:
                report.row(name, *results)
            else:
                report.line(name, results[0])
    print(f"guests: {report.passed} passed, {report.failed} failed, {report.skipped} skipped"
          + (f", {report.unexpected} differences not declared" if len(columns) > 1 else ""))
    return 1 if report.failed or report.unexpected or not report.passed else 0


if __name__ == "__main__":
    sys.exit(main())
