# SPDX-License-Identifier: GPL-2.0-only
"""Clients of xend's and xenstored's sockets that behave as none should (tests/system/poke.c)."""

import json

import pytest

pytestmark = [pytest.mark.tools("ours"), pytest.mark.hv("ours")]

XEND, STORE = "/run/xend/xend.sock", "/run/xenstored/socket"


@pytest.fixture(autouse=True)
def daemons_live(dom0):
    """The same processes before and after, and both answer."""
    before = dom0.pid("xend"), dom0.pid("xenstored")
    yield
    dom0.list()
    assert dom0.check("xenstore-read /local/domain/0/name").strip() == "Domain-0"
    assert (dom0.pid("xend"), dom0.pid("xenstored")) == before


def xend(dom0, text):
    """The answers to text, parsed."""
    out = dom0.check(f"poke {XEND} talk", input=text)
    return [json.loads(line) for line in out.splitlines()]


@pytest.mark.parametrize("text,code", [
    ("hello\n", -32700),
    ('{"jsonrpc":"2.0","id":1,"method":\n', -32700),
    ("[" * 5000 + "\n", -32700),
    ('"text"\n', -32600),
    ("[]\n", -32600),
    ('{"id":1}\n', -32600),
    ('{"jsonrpc":"2.0","id":1,"method":"no.such"}\n', -32601),
    ('{"jsonrpc":"2.0","id":1,"method":"domain.pause","params":[3]}\n', -32600),
    ('{"jsonrpc":"2.0","id":1,"method":"domain.pause","params":{"domain":{}}}\n', -32602),
    ('{"jsonrpc":"2.0","id":1,"method":"domain.pause","params":{"domain":1,"x":2}}\n', -32602),
    ('{"jsonrpc":"2.0","id":1,"method":"domain.create","params":{"config":{"name":5}}}\n', -32602),
])
def test_malformed_request(dom0, text, code):
    answers = xend(dom0, text)
    assert len(answers) == 1 and answers[0]["error"]["code"] == code, answers
    assert answers[0]["error"]["message"]


def test_bytes_that_are_no_text(dom0):
    dom0.check(f"head -c 65536 /dev/urandom | poke {XEND} talk > /dev/null")
    dom0.check(f"head -c 65536 /dev/zero | poke {XEND} talk > /dev/null")


def test_request_too_long(dom0):
    out = dom0.check(f"poke {XEND} fill 2000000 x")
    assert "longer than" in json.loads(out.splitlines()[0])["error"]["message"]


def test_hang_up_mid_reply(dom0):
    ask = '{"jsonrpc":"2.0","id":1,"method":"host.dmesg","params":{}}\n'
    dom0.check(f"poke {XEND} hangup 50", input=ask)


def test_half_a_request(dom0):
    dom0.check(f"poke {XEND} talk", input='{"jsonrpc":"2.0","id":1,"meth')


def test_answers_that_nobody_reads(dom0):
    """The one who does not read is no longer read from; others notice nothing."""
    ask = '{"jsonrpc":"2.0","id":1,"method":"host.info","params":{}}\n'
    session = dom0.machine.spawn(f"poke {XEND} deaf 100000")
    session.send(ask)
    session.end_input()
    session.expect(rb"deaf: sent \d+\n", 60)
    r = dom0.xm("list")
    assert r.rc == 0 and r.seconds < 10, r
    session.hangup(kill=True)
    session.wait()


def test_silent_crowd(dom0):
    """Connections of a stranger do not keep root out."""
    session = dom0.machine.spawn(f"su nobody -c 'poke {XEND} crowd 600'")
    session.expect(rb"crowd: \d+\n", 60)
    assert dom0.xm("list").rc == 0
    session.hangup(kill=True)
    session.wait()


# -- the store: type, request, transaction, length (all of 32 bits), then the body

def message(kind, body=b"", length=None, tx=0):
    words = (kind, 7, tx, len(body) if length is None else length)
    data = b"".join(w.to_bytes(4, "little") for w in words) + body
    return "printf '" + "".join(f"\\{b:03o}" for b in data) + "'"


def store(dom0, *messages):
    """Type and body of each answer."""
    send = "; ".join(messages)
    out = dom0.check(f"{{ {send}; }} | poke {STORE} talk | hexdump -ve '1/1 \"%02x\"'").strip()
    data, answers = bytes.fromhex(out), []
    while data:
        size = int.from_bytes(data[12:16], "little")
        answers.append((int.from_bytes(data[0:4], "little"), data[16:16 + size]))
        data = data[16 + size:]
    return answers


READ, WATCH, WRITE, ERROR = 2, 4, 11, 16


@pytest.mark.parametrize("kind,body,error", [
    (READ, b"", b"EINVAL\0"),
    (READ, b"/no/zero/at/the/end", b"EINVAL\0"),
    (READ, b"/bad path\0", b"EINVAL\0"),
    (READ, b"//\0", b"EINVAL\0"),
    (READ, b"/nosuch\0", b"ENOENT\0"),
    (WATCH, b"/only/one\0", b"EINVAL\0"),
    (WRITE, b"/no/zero/at/the/end", b"EINVAL\0"),
    (77, b"what\0", b"ENOSYS\0"),
    (0xffffffff, b"what\0", b"ENOSYS\0"),
])
def test_malformed_message(dom0, kind, body, error):
    fine = message(READ, b"/local/domain/0/name\0")
    assert store(dom0, message(kind, body), fine) == [(ERROR, error), (READ, b"Domain-0")]


@pytest.mark.parametrize("length", [4097, 65536, 0xffffffff])
def test_message_too_long(dom0, length):
    """Its connection ends, and nothing of what follows is taken for a request."""
    assert store(dom0, message(WRITE, b"/oversized\0x", length)) == []
    assert dom0.run("xenstore-exists /oversized").rc == 1


def test_store_gets_noise(dom0):
    dom0.check(f"head -c 65536 /dev/urandom | poke {STORE} talk > /dev/null")
    dom0.check(f"poke {STORE} fill 2000000 A > /dev/null")


def test_store_half_a_message(dom0):
    assert store(dom0, message(READ, b"/local", 100)) == []


def test_store_hang_up_mid_reply(dom0):
    dom0.check(f"{message(1, b'/local/domain/0' + bytes(1))} | poke {STORE} hangup 50")


def test_store_answers_that_nobody_reads(dom0):
    session = dom0.machine.spawn(f"{message(1, b'/' + bytes(1))} | poke {STORE} deaf 1000000")
    session.expect(rb"deaf: sent \d+\n", 60)
    assert dom0.check("xenstore-read /local/domain/0/name").strip() == "Domain-0"
    session.hangup(kill=True)
    session.wait()
