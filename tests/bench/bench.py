#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""bench.py: this hypervisor and its tools beside the packaged Xen and xl, in one run.

In every round each side is booted in turn with the same QEMU, dom0 and guests. Of each measure: the
median of all rounds, the ratio of ours to theirs, and for tiny guests the instructions executed
(QEMU's -icount, one run). T selects groups or measures by regular expression, QUICK=1 is one round,
ROUNDS=N that many. A boot that fails is named at the end with its log; the others measure all the
same. The exit code says whether every boot worked, with --strict also whether every limit was kept."""

import argparse
import itertools
import os
import re
import shutil
import sys
import tempfile
from functools import partial

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


def round_of_boots(setup, groups, samples, number):
    """(what it is, function) for each boot of a round."""
    modules = load_modules()
    tiny_groups = [g for g in groups if g in tiny.RUNS]
    alone = [g for g in groups if hasattr(modules.get(g), "run")]
    on_linux = [g for g in groups if g not in tiny_groups and g not in alone]
    names = ", ".join(on_linux)
    # who goes first changes: neither side always meets the warmer machine
    sides = ("xen", "ours") if number % 2 == 0 else ("ours", "xen")
    for group, side in itertools.product(tiny_groups, sides):
        yield f"{group}, {side}", partial(tiny.run, setup, group, samples, side)
    for side in sides if on_linux else ():
        yield f"{names}, {side}", partial(linux.run, setup, on_linux, samples, side)
    if "dom0" in on_linux:
        yield "dom0, bare", partial(linux.run_bare, setup, samples)
    for group, side in itertools.product(alone, sides):
        yield f"{group}, {side}", partial(modules[group].run, setup, samples, side)


def all_boots(setup, groups, samples):
    for number in range(setup.rounds):
        for what, boot in round_of_boots(setup, groups, samples, number):
            yield f"round {number + 1} of {setup.rounds}: {what}", boot
    if os.environ.get("ACCEL", "tcg") == "tcg":
        for group, side in itertools.product([g for g in groups if g in tiny.RUNS], ("xen", "ours")):
            yield (f"instructions: {group}, {side}",
                   partial(tiny.run, setup, group, samples, side, icount=True))


def run_all(setup, groups, samples):
    """What failed, a line for each boot: the others measure all the same."""
    failed = []
    for what, boot in all_boots(setup, groups, samples):
        say(what)
        try:
            boot()
        except Broken as why:
            where = "" if ".log" in str(why) else f" (logs in {os.path.relpath(setup.logs)})"
            failed.append(f"FAILED {what}: {why}{where}")
            say(failed[-1])
    return failed


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
    try:
        failed = run_all(setup, groups, samples)
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
        sys.exit("\n".join("bench: " + line for line in failed))
    return 1 if args.strict and missed else 0


if __name__ == "__main__":
    sys.exit(main())
