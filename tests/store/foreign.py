#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Our real xenstored on a socket in a temporary folder, used by other people's clients: the
packaged xenstore-utils and pyxs; and our own tools beside the packaged ones. Prints TAP.

    foreign.py XENSTORED FOLDER-OF-OUR-TOOLS
"""
import os
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

PACKAGED = "/usr/bin"


class Daemon:
    def __init__(self, program):
        self.program = program
        self.dir = tempfile.mkdtemp(prefix="xenstored-test-")
        self.socket = self.dir + "/socket"
        self.env = dict(os.environ, XENSTORED_PATH=self.socket)
        os.environ["XENSTORED_PATH"] = self.socket
        self.start()

    def start(self):
        log = open(self.dir + "/log", "ab")
        self.process = subprocess.Popen([self.program, "-N", "-d", self.dir], stderr=log)
        for _ in range(500):
            try:
                s = socket.socket(socket.AF_UNIX)
                s.connect(self.socket)
                s.close()
                return
            except OSError:
                time.sleep(0.01)
        raise RuntimeError("xenstored does not listen: " + open(self.dir + "/log").read())

    def stop(self, sig=signal.SIGTERM):
        self.process.send_signal(sig)
        return self.process.wait(timeout=20)

    def run(self, folder, *argv):
        r = subprocess.run([f"{folder}/{argv[0]}", *argv[1:]], env=self.env, timeout=20,
                           capture_output=True)
        return r.returncode, r.stdout

    def raw(self):
        s = socket.socket(socket.AF_UNIX)
        s.settimeout(20)
        s.connect(self.socket)
        return s


def message(kind, body, req=1, tx=0, length=None):
    return struct.pack("=IIII", kind, req, tx, len(body) if length is None else length) + body


def read_message(s):
    head = b""
    while len(head) < 16:
        got = s.recv(16 - len(head))
        if not got:
            return None
        head += got
    kind, req, tx, length = struct.unpack("=IIII", head)
    body = b""
    while len(body) < length:
        body += s.recv(length - len(body))
    return kind, body


# Each is run with the packaged tool and with ours: same exit code, same output.
COMPARED = [
    ("xenstore-read", "/c/a"), ("xenstore-read", "-p", "/c/a", "/c/b"),
    ("xenstore-read", "-R", "/c/bin"), ("xenstore-read", "-pR", "/c/a"),
    ("xenstore-read", "/c/bin"), ("xenstore-read", "/c/nope"),
    ("xenstore-read", "/c/a", "/c/nope"), ("xenstore-read",), ("xenstore-read", "-h"),
    ("xenstore-list", "/c"), ("xenstore-list", "-p", "/c", "/c/deep"), ("xenstore-list", "/nope"),
    ("xenstore-list", "/c/a"), ("xenstore-ls",), ("xenstore-ls", "/c"), ("xenstore-ls", "-f", "/c"),
    ("xenstore-ls", "-p", "/c"), ("xenstore-ls", "-fp", "/c"), ("xenstore-ls", "/nope"),
    ("xenstore-exists", "/c/a"), ("xenstore-exists", "/c/a", "/c/nope"), ("xenstore-exists",),
    ("xenstore-watch", "-n", "1", "/c"), ("xenstore-write", "/c/a"),
    ("xenstore-write", "/c/a", "1", "/c/b"), ("xenstore-rm", "/nope/x"), ("xenstore-rm", "/"),
    ("xenstore-chmod", "/c/a", "q1"), ("xenstore-chmod", "/c/a"), ("xenstore-chmod", "/nope", "n0"),
    ("xenstore", "read", "/c/a"), ("xenstore", "bogus"), ("xenstore",),
    ("xenstore", "ls", "-p", "/c/deep"), ("xenstore-list", "/c/many"),
]

# Each changes the store: what the packaged ls shows afterwards is compared.
CHANGING = [
    [("xenstore-write", "/w/a", "1", "/w/b", "2")],
    [("xenstore-write", "/w/esc", r"\n\r\t\\\x41\101\7\08\xzz\q")],
    [("xenstore-write", "-R", "/w/raw", r"\n\x41")],
    [("xenstore-write", "/w/t/x/y", "1"), ("xenstore-rm", "-t", "/w/t/x/y")],
    [("xenstore-write", "/w/u/x", "1", "/w/u/y", ""), ("xenstore-rm", "-t", "/w/u/x")],
    [("xenstore-write", "/w/v/x", "1"), ("xenstore-rm", "/w/v")],
    [("xenstore-write", "/w/p/q/r", "1"), ("xenstore-chmod", "/w/p/q", "r1", "w2", "b3", "n4")],
    [("xenstore-write", "/w/p/q/r", "1"), ("xenstore-chmod", "-r", "/w/p", "n5", "r6")],
    [("xenstore-write", "/w/p/q/r", "1"), ("xenstore-chmod", "-u", "/w/p/q", "n7")],
    [("xenstore-write", "/w/x/y", "1"), ("xenstore-rm", "/w/x/y", "/nope/z")],
    [("xenstore-write", "/w/x/y", "1"), ("xenstore-chmod", "/w/x/y", "n0", "z9")],
]


def fill(d):
    d.run(PACKAGED, "xenstore-write", "/c/a", "hello", "/c/b", "", "/c/bin",
          r"\x00\x01\x07\x08\x1f\x7f\xff\n\t\r\\ end", "/c/deep/er/est", "x" * 30)
    for n in list(range(40, 76, 5)) + list(range(64, 76)):
        d.run(PACKAGED, "xenstore-write", f"/c/len{n}", "v" * n)
    for first in range(0, 600, 100):
        pairs = [w for i in range(first, first + 100) for w in (f"/c/many/name-{i:05}", "")]
        d.run(PACKAGED, "xenstore-write", *pairs)
    d.run(PACKAGED, "xenstore-chmod", "/c/deep", "n0", "r1", "w2", "b3")


def case_compare(d, ours):
    wrong = []
    for argv in COMPARED:
        a, b = d.run(PACKAGED, *argv), d.run(ours, *argv)
        if a != b:
            wrong.append(f"{' '.join(argv)}: packaged {a} ours {b}")
    assert not wrong, "\n".join(wrong)


def case_changes(d, ours):
    wrong = []
    for steps in CHANGING:
        seen = []
        for folder in (PACKAGED, ours):
            d.run(PACKAGED, "xenstore-rm", "/w")
            codes = [d.run(folder, *argv)[0] for argv in steps]
            seen.append((codes, d.run(PACKAGED, "xenstore-ls", "-fp", "/w")))
        if seen[0] != seen[1]:
            wrong.append(f"{steps}: packaged {seen[0]} ours {seen[1]}")
    assert not wrong, "\n".join(wrong)


def case_control(d, ours):
    assert d.run(ours, "xenstore-control", "check") == (0, b"OK\n")
    assert d.run(ours, "xenstore-control", "nonsense")[0] == 1
    assert b"quota" in d.run(ours, "xenstore-control", "help")[1]
    assert d.run(ours, "xenstore-control", "quota", "set", "nodes", "77") == (0, b"OK\n")
    assert b"77" in d.run(ours, "xenstore-control", "quota")[1]
    assert d.run(ours, "xenstore-control", "log", "maybe")[0] == 1
    assert d.run(ours, "xenstore-control", "memreport")[0] == 0


def case_pyxs(d, ours):
    import pyxs
    c = pyxs.Client()
    c.connect()
    assert b"local" in c.list(b"/")
    c[b"/py/a"] = b"1"
    assert c[b"/py/a"] == b"1" and c.get_perms(b"/py/a") == [b"n0"]
    c.set_perms(b"/py/a", [b"n0", b"r3"])
    assert c.get_perms(b"/py/a") == [b"n0", b"r3"]
    with c.monitor() as m:
        m.watch(b"/py", b"token")
        wait = m.wait()
        assert tuple(next(wait)) == (b"/py", b"token")
        c[b"/py/b"] = b"2"
        assert tuple(next(wait)) == (b"/py/b", b"token")
    c.transaction()
    c[b"/py/a"] = b"in transaction"
    d.run(PACKAGED, "xenstore-write", "/py/other", "no conflict")
    assert c.commit() is True
    c.transaction()
    assert c[b"/py/a"] == b"in transaction"
    d.run(PACKAGED, "xenstore-write", "/py/a", "conflict")
    c[b"/py/c"] = b"lost"
    assert c.commit() is False
    assert not c.exists(b"/py/c")
    c.delete(b"/py")
    try:
        c[b"/py/a"]
        raise AssertionError("deleted node was read")
    except pyxs.PyXSError:
        pass
    assert c.get_domain_path(7) == b"/local/domain/7"
    assert c.is_domain_introduced(0) and not c.is_domain_introduced(7)
    c.close()


def case_hostile(d, ours):
    witness = d.raw()
    for bad in (message(2, b"", length=4097), message(2, b"", length=0xffffffff)):
        s = d.raw()
        s.sendall(bad)
        assert s.recv(1) == b"", "an oversized message does not end the connection"
    for kind, body in ((2, b""), (2, b"/no-nul"), (2, b"/a\0/b\0"), (11, b""), (14, b"/c/a\0"),
                       (14, b"/c/a\0n\0"), (4, b"/a\0"), (7, b"X\0"), (8, b"1\0"), (9, b"0\0"),
                       (2, b"bad path!\0"), (2, b"//\0"), (2, b"/a/\0"), (22, b"/\0x\0"),
                       (8, b"99999\0001\0001\0"), (0, b"\0"), (2, b"/" + b"a" * 3072 + b"\0")):
        witness.sendall(message(kind, body))
        got = read_message(witness)
        assert got and got[0] == 16, f"request {kind} {body!r} gave {got}"
    for kind in (15, 16, 20, 23, 128, 0xffff, 0xffffffff):
        witness.sendall(message(kind, b"1\0"))
        assert read_message(witness) == (16, b"ENOSYS\0"), kind
    witness.sendall(message(2, b"/c/a\0", tx=12345))
    assert read_message(witness) == (16, b"ENOENT\0")
    witness.sendall(message(6, b"\0", tx=12345))
    assert read_message(witness)[0] == 16
    for cut in (1, 15, 16, 20):
        s = d.raw()
        s.sendall(message(2, b"/c/a\0")[:cut])
        s.close()
    one = message(2, b"/c/a\0")
    for i in range(len(one)):
        witness.sendall(one[i:i + 1])
    assert read_message(witness) == (2, b"hello")


def case_slow_reader(d, ours):
    """A client that never reads is dropped; the others do not notice."""
    slow = d.raw()
    slow.sendall(message(4, b"/flood\0" + b"t" * 3000 + b"\0"))
    other = d.raw()
    for i in range(4000):
        other.sendall(message(11, b"/flood/%d\0x" % i))
        assert read_message(other) == (11, b"OK\0")
    other.sendall(message(13, b"/flood\0"))
    assert read_message(other) == (13, b"OK\0")
    deaf = d.raw()
    deaf.setblocking(False)
    try:
        for _ in range(100000):
            deaf.send(message(1, b"/c/many\0") + message(2, b"/c/a\0"))
    except BlockingIOError:
        pass
    started = time.time()
    other.sendall(message(2, b"/c/a\0"))
    assert read_message(other) == (2, b"hello")
    assert time.time() - started < 1
    rss = int(open(f"/proc/{d.process.pid}/statm").read().split()[1]) * 4096
    assert rss < 200 << 20, f"{rss} bytes resident"


def case_kill(d, ours):
    """kill -9 at any time: what was answered is there afterwards."""
    for round_ in range(5):
        s = d.raw()
        for i in range(200):
            s.sendall(message(11, b"/kill/%d/%d\0value" % (round_, i)))
            assert read_message(s) == (11, b"OK\0")
        s.sendall(message(14, b"/kill/%d\0n0\0r%d\0" % (round_, round_)))
        assert read_message(s) == (14, b"OK\0")
        before = d.run(PACKAGED, "xenstore-ls", "-fp")
        d.stop(signal.SIGKILL)
        d.start()
        assert d.run(PACKAGED, "xenstore-ls", "-fp") == before
        assert d.run(ours, "xenstore-control", "check") == (0, b"OK\n")
    d.run(PACKAGED, "xenstore-write", "/kill/last", "torn")
    state = d.dir + "/state"
    d.stop(signal.SIGKILL)
    with open(state, "r+b") as f:
        f.truncate(os.path.getsize(state) - 3)
    d.start()
    assert d.run(PACKAGED, "xenstore-ls", "-fp") == before
    assert d.run(ours, "xenstore-control", "check") == (0, b"OK\n")


def case_second(d, ours):
    r = subprocess.run([d.program, "-N", "-d", d.dir], capture_output=True, timeout=20)
    assert r.returncode == 1 and b"another one is running" in r.stderr
    r = subprocess.run([d.program, "--nonsense"], capture_output=True, timeout=20)
    assert r.returncode == 1 and b"unknown option '--nonsense'" in r.stderr
    r = subprocess.run([d.program, "-E", "many"], capture_output=True, timeout=20)
    assert r.returncode == 1 and b"not a valid N" in r.stderr


def case_background(d, ours):
    d.stop()
    r = subprocess.run([d.program, "-d", d.dir, "-F", d.dir + "/pid", "-l", d.dir + "/log"],
                       timeout=20, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
    pid = int(open(d.dir + "/pid").read())
    try:
        assert r.returncode == 0
        assert d.run(PACKAGED, "xenstore-read", "/c/a") == (0, b"hello\n")
    finally:
        os.kill(pid, signal.SIGTERM)
    for _ in range(500):
        if not os.path.exists(d.dir + "/pid"):
            break
        time.sleep(0.01)
    time.sleep(0.05)
    assert not os.path.exists(d.dir + "/pid")
    d.start()


def main():
    d = Daemon(os.path.abspath(sys.argv[1]))
    ours = os.path.abspath(sys.argv[2])
    cases = [(n[5:], f) for n, f in globals().items() if n.startswith("case_")]
    bad = 0
    print(f"1..{len(cases)}")
    try:
        fill(d)
        for i, (name, case) in enumerate(cases, 1):
            try:
                case(d, ours)
                print(f"ok {i} - {name}", flush=True)
            except Exception as e:
                bad += 1
                print(f"not ok {i} - {name}", flush=True)
                print("# " + f"{type(e).__name__}: {e}".replace("\n", "\n# "), flush=True)
    finally:
        code = d.stop()
    if code != 0:
        print(f"# xenstored ended with status {code}")
    return 1 if bad or code != 0 else 0


sys.exit(main())
