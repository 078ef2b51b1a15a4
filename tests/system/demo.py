#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""demo.py: from power-on to a guest's prompt and back to an empty list, shown as it happens.

HV=ours|xen and TOOLS=ours|xl choose the corner. Every step checks what it shows; the exit code is 0
only if each really happened. At the end, the times."""

import os
import random
import re
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "lib"))

from corner import Corner       # noqa: E402
from dom0 import Dom0           # noqa: E402
from machine import MachineError  # noqa: E402

BOLD, PLAIN = ("\033[1m", "\033[0m") if sys.stdout.isatty() else ("", "")


class Failed(Exception):
    """A step did not show what it had to."""


def show(data):
    # A shell asks the terminal where the cursor is; ours shall not answer into the user's shell.
    sys.stdout.buffer.write(data.replace(b"\033[6n", b""))
    sys.stdout.buffer.flush()


def require(condition, what):
    if not condition:
        raise Failed(what)


class Demo:
    """The steps, in order, and the time each took."""

    def __init__(self, corner):
        self.corner = corner
        self.dom0 = None
        self.step_name = "power-on"
        self.times = []
        self.start = time.monotonic()

    def step(self, name):
        """Start a step; the one before it ends here."""
        self.step_name = name
        print(f"\n{BOLD}=== {name}{PLAIN}", flush=True)

    def took(self, what, since):
        self.times.append((what, time.monotonic() - since))

    def dom0_run(self, command, timeout=120):
        """Show a command and its output as dom0's user would see them."""
        print(f"{BOLD}dom0# {command}{PLAIN}", flush=True)
        session = self.dom0.machine.spawn(command)
        session.on_output = show
        session.end_input()
        rc = session.wait(timeout)
        require(rc == 0, f"`{command}` ended with {rc}")
        return session.output

    def xm(self, args, timeout=120):
        return self.dom0_run(f"{self.dom0.tool} {args}", timeout)

    def rows(self):
        out = self.xm("list")
        return self.dom0.parse(out)

    # -- the steps

    def boot(self):
        self.step(f"power-on: {'our' if self.corner.hv == 'ours' else 'the packaged'} hypervisor, "
                  "Debian's kernel as dom0")
        start = time.monotonic()
        machine = self.corner.boot("demo", show)
        self.dom0 = Dom0(machine, self.corner.hv, self.corner.tools)
        self.took("power-on to dom0 with its daemons", start)
        machine.echo = None

        self.step("dom0 is up")
        require("control_d" in self.dom0_run("cat /proc/xen/capabilities"), "this is not dom0")
        self.dom0_run("uname -rv")
        extra = self.dom0_run("cat /sys/hypervisor/version/extra").strip()
        packaged = re.fullmatch(r"\.\d+(-pre|-rc\d+)?", extra)
        require(bool(packaged) == (self.corner.hv == "xen"), f"hypervisor says 4.17{extra}")
        require(set(self.rows()) == {"Domain-0"}, "there are guests already")

    def create(self):
        self.step("a guest: Debian's kernel, unmodified, paravirtual")
        self.dom0_run("cat /etc/xen/demo.cfg | grep -v '^#'")
        start = time.monotonic()
        self.xm("create /etc/xen/demo.cfg")
        self.took("create", start)
        return start

    def console(self, created):
        """Boot messages, the shell, and a command whose answer cannot be an echo."""
        self.step("its console: boot messages and a shell")
        print(f"{BOLD}dom0# {self.dom0.tool} console demo{PLAIN}", flush=True)
        console = self.dom0.console("demo")
        console.on_output = show
        console.expect(rb"Linux version 6\.\d+\.\d+.*?\n", 120)
        console.expect(rb"guest: userland up after [0-9.]+ s", 120)
        console.expect(rb"guest# ", 60)
        self.took("create to the guest's prompt", created)

        self.step("a command typed there, and its answer")
        start = time.monotonic()
        self.ask(console, "$(hostname)", "demo")
        self.took("command typed to answer", start)
        self.ask(console, "$(cat /sys/hypervisor/type)", "xen")
        self.ask(console, "$(uname -r)", self.dom0.check("uname -r").strip())
        return console

    @staticmethod
    def ask(console, expression, answer, before_answer=None):
        """Type a sum with fresh numbers; only a shell that ran it can print the result."""
        a, b = random.randrange(1000, 9999), random.randrange(1000, 9999)
        console.send(f"echo {expression} $(({a} * {b}))\n")
        if before_answer:
            before_answer()
        console.expect(rb"\n" + re.escape(f"{answer} {a * b}".encode()) + rb"\r?\n", 60)
        console.expect(rb"guest# ", 60)

    def pause(self, console):
        self.step("list, pause, unpause")
        row = self.rows().get("demo")
        require(row and row.mem == 160 and row.vcpus == 1, f"not in the list as configured: {row}")
        start = time.monotonic()
        self.xm("pause demo")
        self.took("pause", start)
        first = self.rows()["demo"]
        require("p" in first.state, f"not shown as paused: {first}")

        def stays_still():
            """What was typed meanwhile gets no answer, and no processor time is used."""
            mark = len(console.text.data)
            second = self.rows()["demo"]
            require(second.time == first.time, f"ran while paused: {first}, {second}")
            require(len(console.text.data) == mark, "answered while paused")
            began = time.monotonic()
            self.xm("unpause demo")
            self.took("unpause", began)

        print("typed on its console while it is paused:", flush=True)
        self.ask(console, "awake", "awake", stays_still)
        require("p" not in self.rows()["demo"].state, "still shown as paused")

    def shutdown(self, console):
        self.step("shutdown")
        start = time.monotonic()
        self.xm("shutdown -w demo", 180)
        console.text.at = 0
        console.expect(rb"guest: poweroff", 30)
        self.took("shutdown, waited for", start)
        self.dom0.until(lambda rows: "demo" not in rows, 30, "the guest's end")
        if console.rc is None:
            console.hangup()

    def second(self):
        self.step("a second guest, destroyed")
        start = time.monotonic()
        self.xm("create /etc/xen/demo.cfg name=two" if self.dom0.tools == "ours" else
                "create /etc/xen/demo.cfg 'name=\"two\"'")
        self.took("create a second guest", start)
        require("two" in self.rows(), "the second guest is not in the list")
        start = time.monotonic()
        self.xm("destroy two")
        self.took("destroy", start)
        self.dom0.until(lambda rows: "two" not in rows, 30, "the second guest's end")

    def empty(self):
        self.step("an empty list")
        require(set(self.rows()) == {"Domain-0"}, "there are guests left")

    def run(self):
        self.boot()
        created = self.create()
        console = self.console(created)
        self.pause(console)
        self.shutdown(console)
        self.second()
        self.empty()

    def table(self):
        self.times.append(("all of it", time.monotonic() - self.start))
        print(f"\n{BOLD}{'Times (s), corner ' + self.corner.name:40s} "
              f"{os.environ.get('ACCEL', 'tcg'):>8s}{PLAIN}")
        for what, seconds in self.times:
            print(f"  {what:38s} {seconds:8.1f}")


def main():
    try:
        demo = Demo(Corner(os.environ.get("HV", "ours"), os.environ.get("TOOLS", "ours")))
        demo.run()
    except (MachineError, FileNotFoundError, ValueError, Failed) as e:
        if "demo" in locals():
            demo.table()
            print(f"\ndemo: FAILED at '{demo.step_name}': {e}", flush=True)
        else:
            print(f"demo: {e}")
        return 1
    finally:
        if "demo" in locals() and demo.dom0:
            demo.dom0.machine.stop()
    demo.table()
    print(f"\ndemo: passed, {demo.corner.name}")
    return 0


sys.exit(main())
