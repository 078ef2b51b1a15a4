#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""bench.py: this hypervisor and its tools beside the packaged Xen and xl, in one run.

In every round each side is booted in turn with the same QEMU, dom0 and guests. Of each measure: the
median of all rounds, the ratio of ours to theirs, and for tiny guests the instructions executed
(QEMU's -icount, one run). T selects groups or measures by regular expression, QUICK=1 is one round,
ROUNDS=N that many. The exit code says whether the run worked, with --strict also whether
every limit was kept."""

import argparse
import os
import re
import shutil
import sys
import tempfile

import linux
import tiny
from report import Broken, Samples, facts, results, table, targets, write_json
from rows import GROUPS, ROWS, load_modules


class Setup:
    """Where things are, and how thorough the run is."""

    def __init__(self, build, quick, rounds):
        def at(*path):
            return os.path.join(build, *path)
        self.hypervisor = {"xen": at("debian", "xen"), "ours": at("hypervisor", "xen")}
        # as tests/system boots it: its lazy switching of FPU state loses registers under TCG
        self.options = {"xen": "spec-ctrl=eager-fpu", "ours": ""}
        self.guests = at("bench", "guests")
        self.loops, self.store_bench = at("bench", "linux_loops"), at("bench", "store_bench")
        self.bzimage, self.initramfs = at("debian", "vmlinuz"), at("images", "dom0.cpio")
        self.logs = at("logs", "bench")
        self.is_quick = quick
        self.rounds = rounds or (1 if quick else 3)
        self.work = tempfile.mkdtemp(prefix="bench-", dir=at("bench"))
        os.makedirs(self.logs, exist_ok=True)

    def quick(self, full, short):
        return short if self.is_quick else full


def wanted_groups(expression):
    """Groups named, or with a measure named, by the expression."""
    word = re.compile(expression or "")
    return [g for g in GROUPS if word.search(g) or
            any(word.search(r.name) for r in ROWS if r.group == g)]


def say(text):
    print("bench: " + text, file=sys.stderr, flush=True)


def run_rounds(setup, groups, samples):
    modules = load_modules()
    tiny_groups = [g for g in groups if g in tiny.RUNS]
    alone = [g for g in groups if hasattr(modules.get(g), "run")]
    on_linux = [g for g in groups if g not in tiny_groups and g not in alone]
    for number in range(setup.rounds):
        # who goes first changes: neither side always meets the warmer machine
        sides = ("xen", "ours") if number % 2 == 0 else ("ours", "xen")
        for group in tiny_groups:
            for side in sides:
                say(f"round {number + 1} of {setup.rounds}: {group}, {side}")
                tiny.run(setup, group, samples, side)
        for side in sides if on_linux else ():
            say(f"round {number + 1} of {setup.rounds}: {', '.join(on_linux)}, {side}")
            linux.run(setup, on_linux, samples, side)
        if "dom0" in on_linux:
            say(f"round {number + 1} of {setup.rounds}: dom0, bare")
            linux.run_bare(setup, samples)
        for group in alone:
            for side in sides:
                say(f"round {number + 1} of {setup.rounds}: {group}, {side}")
                modules[group].run(setup, samples, side)
    if os.environ.get("ACCEL", "tcg") == "tcg":
        for group in tiny_groups:
            for side in ("xen", "ours"):
                say(f"instructions: {group}, {side}")
                tiny.run(setup, group, samples, side, icount=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True)
    parser.add_argument("--json", required=True)
    parser.add_argument("--strict", action="store_true")
    args = parser.parse_args()
    rounds = int(os.environ.get("ROUNDS") or 0)
    setup = Setup(os.path.abspath(args.build), bool(os.environ.get("QUICK")), rounds)
    samples = Samples()
    load_modules()
    groups = wanted_groups(os.environ.get("T"))
    if not groups:
        sys.exit(f"bench: T='{os.environ.get('T')}' selects nothing; groups: {', '.join(GROUPS)}")
    failed = None
    try:
        run_rounds(setup, groups, samples)
    except Broken as why:
        failed = str(why)       # what was measured before is still worth showing
    finally:
        shutil.rmtree(setup.work)
    rows = results(samples)
    fact = facts(rounds=setup.rounds, groups=groups)
    print("\n".join(f"# {k}: {v}" for k, v in fact.items()))
    print("\n".join(table(rows)))
    print("\n" + "\n".join(targets(rows)))
    write_json(args.json, fact, rows, samples)
    missed = [r["name"] for r in rows if r["verdict"] == "MISS"]
    print(f"bench: {len(rows)} measures, {len(missed)} over their limit; "
          f"{os.path.relpath(args.json)} has every sample")
    if failed:
        sys.exit("bench: " + failed)
    return 1 if args.strict and missed else 0


if __name__ == "__main__":
    sys.exit(main())
