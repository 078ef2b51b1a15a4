# SPDX-License-Identifier: GPL-2.0-only
"""A QEMU that boots the hypervisor: its serial console to read, to wait on and to type at."""

import contextlib
import ctypes
import json
import os
import re
import selectors
import signal
import socket
import subprocess
import time

DEADLINE = 120 * float(os.environ.get("TIMEOUT_SCALE", "1"))  # seconds; a boot takes half a one


class Failed(Exception):
    """What was expected did not happen; the text says what."""


class Skipped(Exception):
    """The case cannot be tried here; the text says why."""


def accelerator(threads):
    """threads: "multi" lets the CPUs really run at the same time."""
    return ["-accel", "kvm"] if os.environ.get("ACCEL") == "kvm" else \
        ["-accel", "tcg,thread=" + threads]


def multiboot(hypervisor, append, modules=()):
    """QEMU's own multiboot 1 loader; a module is "FILE ARGUMENTS"."""
    args = ["-kernel", hypervisor, "-append", append]
    return args + (["-initrd", ",".join(modules)] if modules else [])


def die_with_parent():
    """Between fork and exec: no QEMU outlives a killed test run."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


class Machine:
    """One run of QEMU, in a with statement. `text` is all that the serial line said so far."""

    def __init__(self, log, args, memory="512M", cpus=2, cpu="max", serial=("stdio",), qmp=None,
                 threads="single", more=()):
        wrap = os.environ.get("QEMU_WRAP", "").split()
        # no QEMU outlives us, even when a wrapper stands between
        self.command = wrap + ["setpriv", "--pdeathsig=KILL", "qemu-system-x86_64", "-m", memory,
                               "-smp", str(cpus), "-cpu", cpu, "-display", "none", "-no-reboot",
                               "-monitor", "none", "-net", "none"]
        self.command += accelerator(threads) + args + list(more)
        for line in serial:
            self.command += ["-serial", line]
        self.qmp_path = qmp
        if qmp:
            self.command += ["-qmp", f"unix:{qmp},server=on,wait=off"]
        self.log = log
        self.text = ""
        self.seen = 0       # expect() looks behind this
        self.until = 0.0
        self.process = None
        self.selector = selectors.DefaultSelector()

    def __enter__(self):
        # behind a wrapper there may be a queue: then the clock starts with the first output
        self.until = time.monotonic() + DEADLINE * (100 if os.environ.get("QEMU_WRAP") else 1)
        # not "with": it lives as long as this object's own block
        self.process = subprocess.Popen(  # pylint: disable=consider-using-with
            self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            start_new_session=True, preexec_fn=die_with_parent)
        self.selector.register(self.process.stdout, selectors.EVENT_READ)
        return self

    def __exit__(self, *unused):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()
        self.selector.close()
        with open(self.log, "w", encoding="utf-8") as log:
            log.write("# " + " ".join(self.command) + "\n" + self.text)

    def read(self):
        """Takes in what there is; False at the end of the run."""
        left = self.until - time.monotonic()
        if left <= 0 or not self.selector.select(left):
            raise Failed(f"nothing happened for {DEADLINE:.0f} seconds")
        data = os.read(self.process.stdout.fileno(), 65536)
        if not self.text:
            self.until = time.monotonic() + DEADLINE
        self.text += data.decode(errors="replace").replace("\r", "")
        return bool(data)

    def expect(self, pattern):
        """Waits for a regular expression behind what the last expect() found."""
        while True:
            found = re.compile(pattern, re.M).search(self.text, self.seen)
            if found:
                self.seen = found.end()
                return found
            if "Stopped (noreboot)" in self.text or not self.read():
                raise Failed(f"the machine ended without saying {pattern!r}")

    def wait_end(self):
        """Waits until QEMU is gone by itself; all its text."""
        while self.read():
            pass
        if self.process.wait(timeout=DEADLINE):
            raise Failed(f"QEMU failed with {self.process.returncode}")
        return self.text

    def type(self, keys):
        self.process.stdin.write(keys.encode())
        self.process.stdin.flush()

    @contextlib.contextmanager
    def monitors(self):
        """A function that takes a line for QEMU's monitor and returns its answer. The machine needs qmp=."""
        with contextlib.closing(socket.socket(socket.AF_UNIX)) as sock:
            sock.connect(self.qmp_path)
            stream = sock.makefile("rw", encoding="utf-8")
            stream.readline()
            ask(stream, "qmp_capabilities")
            yield lambda line: ask(stream, "human-monitor-command", {"command-line": line})

    def monitor(self, command):
        """One such line."""
        with self.monitors() as run:
            return run(command)

    def wait_monitor(self):
        """Until QEMU has its socket: of a machine that stands still at first (-S)."""
        while not os.path.exists(self.qmp_path):
            if time.monotonic() > self.until or self.process.poll() is not None:
                raise Failed("QEMU has no monitor")
            time.sleep(0.05)

    def all_cpus_halted(self, count):
        """Waits until every CPU sleeps in HLT with interrupts off: nothing will wake it."""
        with self.monitors() as run:
            while time.monotonic() < self.until:
                regs = run("info registers -a")
                flags = [int(f, 16) for f in re.findall(r"RFL=([0-9a-f]+)", regs)]
                if len(flags) == count == regs.count("HLT=1") and not any(f & 0x200 for f in flags):
                    return
        raise Failed("not all CPUs stopped")


def ask(stream, command, arguments=None):
    stream.write(json.dumps({"execute": command, "arguments": arguments or {}}) + "\n")
    stream.flush()
    while True:
        answer = json.loads(stream.readline())
        if "return" in answer:
            return answer["return"]
        if "error" in answer:
            raise Failed(f"QEMU's monitor: {answer['error']}")


def judge_tap(text):
    """Passed, failed, and the lines that say why, of a guest's output."""
    passed = failed = 0
    why = []
    for line in text.splitlines():
        found = re.search(r"\b(not ok|ok) \d+ - ", line)
        if found and (found.group(1) == "ok" or " # TODO " in line):
            passed += 1
        elif found or "Bail out!" in line or line.startswith("# got"):
            failed += not line.startswith("# got")
            why.append(line)
    if "# guest done" not in text:
        failed += 1
        why += ["the guest did not come to its end"] + text.splitlines()[-25:]
    return passed, failed, why
