#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""try.py: boot a corner, run commands in dom0, print what they print.

  try.py --hv xen --tools xl 'xl list' 'xl info'
  try.py --hv xen --file build/foo_test:/root/foo_test '/root/foo_test'
  try.py --hv ours --script steps.sh          a shell script, run in dom0
  try.py --hv ours --interactive              a shell in dom0 (what `make run` does)

--file SOURCE:PLACE puts more files into dom0; programs come with their shared libraries. The exit
code is that of the first command that failed. -v shows the consoles as well."""

import argparse
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "lib"))

from corner import Corner, build_dir, make_overlay  # noqa: E402
from machine import MachineError                    # noqa: E402


def parse():
    p = argparse.ArgumentParser(usage=__doc__)
    p.add_argument("--hv", default=os.environ.get("HV", "ours"))
    p.add_argument("--tools", default=os.environ.get("TOOLS", "ours"))
    p.add_argument("--file", action="append", default=[], metavar="SOURCE:PLACE")
    p.add_argument("--script")
    p.add_argument("--interactive", action="store_true")
    p.add_argument("--channel", help="hvc0 (default), ttyS1")
    p.add_argument("--xen-args", default="")
    p.add_argument("--dom0-args", default="")
    p.add_argument("--timeout", type=float, default=300, help="for each command, in seconds")
    p.add_argument("-v", "--verbose", action="store_true")
    p.add_argument("commands", nargs="*")
    return p.parse_args()


def show(data):
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def interactive(corner):
    """Hand the terminal to QEMU: its serial port is dom0's console. Ctrl-A x ends the machine."""
    argv = corner.argv(agent=False, console="mon:stdio")
    os.execvp(argv[0], argv)


def main():
    args = parse()
    overlays = []
    if args.script:
        args.file.append(f"{args.script}:/root/try-script")
        args.commands.append("sh /root/try-script")
    if args.file:
        path = os.path.join(build_dir(), "images", f"try-{os.getpid()}.cpio")
        overlays = [make_overlay([f.rsplit(":", 1) for f in args.file], path)]
    corner = Corner(args.hv, args.tools, args.channel, xen_args=args.xen_args,
                    dom0_args=args.dom0_args, overlays=overlays)
    if args.interactive:
        interactive(corner)
    failed = 0
    with corner.boot("try", show if args.verbose else None) as machine:
        for command in args.commands:
            print(f"dom0# {command}", flush=True)
            session = machine.spawn(command)
            session.on_output = show
            session.end_input()
            rc = session.wait(args.timeout)
            if rc:
                print(f"[exit code {rc}]", flush=True)
                failed = failed or rc
    return failed


try:
    sys.exit(main())
except (MachineError, FileNotFoundError, ValueError) as e:
    sys.exit(f"try: {e}")
finally:
    for suffix in ("", ".list"):
        for kind in ("try", "dom0"):
            try:
                os.unlink(os.path.join(build_dir(), "images", f"{kind}-{os.getpid()}.cpio{suffix}"))
            except OSError:
                pass
