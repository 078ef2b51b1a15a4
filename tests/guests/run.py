#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Boots each tiny guest as dom0 of the hypervisor under QEMU and reads its TAP output."""

import argparse
import os
import re
import subprocess
import sys

QEMU = ["qemu-system-x86_64", "-smp", "2", "-m", "512M", "-nographic", "-no-reboot", "-monitor", "none",
        "-net", "none"]
DEADLINE = 180  # seconds; a guest takes two or three


def boot(args, guest):
    accel = ["-accel", "kvm"] if os.environ.get("ACCEL") == "kvm" else \
        ["-accel", "tcg,thread=single"]
    command = QEMU + accel + ["-cpu", args.cpu, "-kernel", args.hypervisor,
                              "-append", "console=com1 com1=115200 dom0_mem=64M loglvl=all noreboot=0",
                              "-initrd", guest]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=DEADLINE, check=False)
        return done.stdout.decode(errors="replace")
    except subprocess.TimeoutExpired as late:
        return (late.stdout or b"").decode(errors="replace") + "\n# deadline passed\n"


def judge(text):
    """Passed, failed, and the lines that say why."""
    passed = failed = 0
    why = []
    for line in text.splitlines():
        found = re.search(r"\b(not ok|ok) \d+ - ", line)
        if found and found.group(1) == "ok":
            passed += 1
        elif found or "Bail out!" in line or line.startswith("# got"):
            failed += not line.startswith("# got")
            why.append(line)
    if "# guest done" not in text:
        failed += 1
        why += ["the guest did not come to its end"] + text.splitlines()[-25:]
    return passed, failed, why


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hypervisor", required=True)
    parser.add_argument("--log-dir", required=True)
    parser.add_argument("--cpu", default="max")
    parser.add_argument("guests", nargs="+")
    args = parser.parse_args()
    os.makedirs(args.log_dir, exist_ok=True)
    total = [0, 0]
    for guest in args.guests:
        text = boot(args, guest)
        name = os.path.basename(guest)
        with open(os.path.join(args.log_dir, name + ".log"), "w", encoding="utf-8") as log:
            log.write(text)
        passed, failed, why = judge(text)
        print(f"{'FAIL' if failed else 'ok  '} {name} ({passed} passed, {failed} failed)")
        for line in why:
            print("     " + line)
        total[0] += passed
        total[1] += failed
    print(f"guests: {total[0]} passed, {total[1]} failed, 0 skipped")
    return 1 if total[1] or not total[0] else 0


if __name__ == "__main__":
    sys.exit(main())
