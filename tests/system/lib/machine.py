# SPDX-License-Identifier: GPL-2.0-only
"""machine.py: a PC in QEMU with a hypervisor and dom0, commands run in it, text awaited.

Nothing here sleeps for a guessed time: every wait is for an event, with a deadline that only says
when to give up. A panic or an oops anywhere on the console ends any wait at once."""

import ctypes
import os
import re
import select
import signal
import subprocess
import time

from link import CHUNK, Link

SCALE = float(os.environ.get("TIMEOUT_SCALE", "1"))

PANICS = re.compile(
    rb"Kernel panic|\bOops: |BUG: unable to handle|kernel BUG at|general protection fault, |"
    rb"\(XEN\).*(?:Panic on CPU|FATAL TRAP|FATAL PAGE FAULT|Reboot in|Xen BUG at|Assertion .* failed)|"
    rb"hypervisor panic|\bPANIC\b|\(XEN\) Hardware Dom0 (?:crashed|halted)", re.I)


class MachineError(Exception):
    """The machine died, or what was awaited did not come."""


def die_with_parent():
    """In the child: leave with the harness, whatever way it goes."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    signal.signal(signal.SIGINT, signal.SIG_IGN)


class Text:
    """Bytes that arrive over time, and a place up to which a reader has consumed them."""

    def __init__(self):
        self.data = b""
        self.at = 0

    def take(self, pattern):
        """The match of pattern in what is unread, which is then read; None if it is not there."""
        m = re.compile(pattern, re.S | re.M).search(self.data, self.at)
        if m:
            self.at = m.end()
        return m

    def str(self):
        return self.data.decode("utf-8", "replace").replace("\r\n", "\n")


class Session:
    """One command running in dom0."""

    def __init__(self, machine, letter, command):
        self.machine, self.letter, self.command = machine, letter, command
        self.text = Text()
        self.rc = None
        self.on_output = None

    @property
    def output(self):
        return self.text.str()

    def send(self, data):
        data = data.encode() if isinstance(data, str) else data
        for i in range(0, len(data), CHUNK):
            self.machine.link.send("I", self.letter + data[i:i + CHUNK])

    def expect(self, pattern, timeout=60):
        """Wait until pattern (bytes regex) is in the output; what is before is consumed."""
        def seen():
            m = self.text.take(pattern)
            if m is None and self.rc is not None:
                raise MachineError(f"'{self.command}' ended with {self.rc} before {pattern!r}; "
                                   f"its last output: {self.output[-600:]!r}")
            return m
        return self.machine.until(seen, timeout, f"{pattern!r} from '{self.command}', "
                                  "whose last output is ", lambda: repr(self.output[-600:]))

    def wait(self, timeout=60):
        self.machine.until(lambda: self.rc is not None, timeout,
                           f"the end of '{self.command}', whose last output is ",
                           lambda: repr(self.output[-600:]))
        return self.rc

    def end_input(self):
        self.machine.link.send("K", self.letter + b"e")

    def hangup(self, kill=False):
        self.machine.link.send("K", self.letter + (b"k" if kill else b"h"))


class Result:
    """What a command printed (both streams) and its exit code."""

    def __init__(self, command, rc, out, seconds):
        self.command, self.rc, self.out, self.seconds = command, rc, out, seconds

    def __repr__(self):
        return f"`{self.command}` -> {self.rc} in {self.seconds:.1f} s: {self.out!r}"


class Machine:
    """argv runs QEMU with its console on stdin and stdout, the agent's channel being either that
    console or, with channel_fd, a stream of its own."""

    def __init__(self, argv, log_path, echo=None, channel=None, child_fds=()):
        os.makedirs(os.path.dirname(log_path) or ".", exist_ok=True)
        self.argv, self.log_path = argv, log_path
        self.log = open(log_path, "wb")
        # HARNESS_TRACE=1 keeps the raw bytes, frames included, beside the log.
        self.trace = open(log_path + ".raw", "wb") if os.environ.get("HARNESS_TRACE") else None
        self.echo = echo                    # called with console text as it comes
        self.console = Text()
        self.channel = channel              # a socket, or None for the console
        self.sessions = {}
        self.panic = None
        self.started = time.monotonic()
        # QEMU dies with its parent even when a wrapper stands between it and us.
        wrap = os.environ.get("QEMU_WRAP", "").split()
        self.proc = subprocess.Popen(
            wrap + ["setpriv", "--pdeathsig=KILL"] + argv, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
            preexec_fn=die_with_parent, pass_fds=child_fds)
        os.set_blocking(self.proc.stdout.fileno(), False)
        self.link = Link(self._write, self._message)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        if self.proc.poll() is None:
            os.killpg(self.proc.pid, signal.SIGKILL)
        self.proc.wait()
        self._read()
        self.log.close()
        if self.channel:
            self.channel.close()
        for f in (self.proc.stdin, self.proc.stdout):
            f.close()

    # -- bytes in and out

    def _write(self, data):
        try:
            if self.channel:
                self.channel.sendall(data)
            else:
                self.proc.stdin.write(data)
                self.proc.stdin.flush()
        except (BrokenPipeError, ConnectionError):
            pass

    def type(self, text):
        """Raw keys on the console, for a machine without the agent."""
        self.proc.stdin.write(text.encode() if isinstance(text, str) else text)
        self.proc.stdin.flush()

    def _console_text(self, text):
        if not text:
            return
        self.log.write(text)
        self.log.flush()
        if self.echo:
            self.echo(text)
        self.console.data += text
        if not self.panic:
            m = PANICS.search(self.console.data, max(0, len(self.console.data) - len(text) - 300))
            if m:
                self.panic = m.group(0).decode("utf-8", "replace")

    def _read(self):
        """Take what has come; False when QEMU has closed its console."""
        try:
            data = os.read(self.proc.stdout.fileno(), 65536)
        except BlockingIOError:
            return True
        except ValueError:
            return False
        if self.trace:
            self.trace.write(data)
        self._console_text(data if self.channel else self.link.feed(data))
        return bool(data)

    def pump(self, timeout=0.25):
        """Move bytes for at most timeout seconds; returns as soon as something came."""
        fds = [self.proc.stdout] + ([self.channel] if self.channel else [])
        ready, _, _ = select.select(fds, [], [], timeout)
        alive = True
        if self.proc.stdout in ready:
            alive = self._read()
        if self.channel in ready:
            self.link.feed(self.channel.recv(65536))
        self.link.tick()
        return alive

    def _message(self, kind, data):
        session = self.sessions.get(data[:1])
        if not session:
            return
        if kind == "O":
            session.text.data += data[1:]
            if session.on_output:
                session.on_output(data[1:])
        elif kind == "X":
            session.rc = int(data[1:])
            del self.sessions[data[:1]]

    # -- waiting

    def tail(self, lines=25):
        return "\n".join(self.console.str().splitlines()[-lines:])

    def fail(self, what):
        raise MachineError(f"{what}\n--- last lines of {self.log_path}:\n{self.tail()}\n---")

    def until(self, condition, timeout, what, detail=None, panics=True):
        """Pump until condition() is true and return it; what, and detail()
        behind it, names it in the error."""
        deadline = time.monotonic() + timeout * SCALE
        alive = True
        while True:
            got = condition()
            if got:
                return got
            what_now = what + detail() if detail else what
            if panics and self.panic:
                grace = time.monotonic() + 2    # let the registers and the backtrace come out
                while time.monotonic() < grace and self.pump(0.2):
                    pass
                self.fail(f"'{self.panic}' on the console while waiting for {what_now}")
            if not alive:
                self.fail(f"QEMU ended while waiting for {what_now}")
            if time.monotonic() > deadline:
                self.fail(f"{timeout * SCALE:.0f} s passed without {what_now}")
            alive = self.pump()

    def expect(self, pattern, timeout=120):
        """Wait for a pattern (bytes regex) on the console."""
        return self.until(lambda: self.console.take(pattern), timeout, f"{pattern!r} on the console")

    # -- commands in dom0

    def attach(self, timeout=60):
        """Find the agent. After this, run() and spawn() work."""
        self.link.reset()
        self.until(lambda: self.link.idle, timeout, "an answer of dom0's agent")

    def spawn(self, command, pty=False):
        letter = next(bytes([c]) for c in b"abcdefghijklmnop" if bytes([c]) not in self.sessions)
        session = self.sessions[letter] = Session(self, letter, command)
        data = command.encode()
        for i in range(0, len(data), CHUNK):
            self.link.send("S", letter + b"+" + data[i:i + CHUNK])
        self.link.send("S", letter + b"." + (b"p" if pty else b"-"))
        return session

    def run(self, command, timeout=60, input=None):
        """Run a shell command in dom0 and return its Result; input goes to its stdin."""
        start = time.monotonic()
        session = self.spawn(command)
        if input is not None:
            session.send(input)
        session.end_input()
        rc = session.wait(timeout)
        return Result(command, rc, session.output, time.monotonic() - start)

    def check(self, command, timeout=60, input=None):
        """The same, and it must succeed; returns what it printed."""
        r = self.run(command, timeout, input)
        if r.rc != 0:
            raise MachineError(repr(r))
        return r.out
