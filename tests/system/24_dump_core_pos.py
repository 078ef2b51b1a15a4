# SPDX-License-Identifier: GPL-2.0-only
"""Core dumps: the same as the packaged tool's, on demand and after a crash."""

import re
import struct

import pytest

pytestmark = [pytest.mark.tools("ours"), pytest.mark.hv("ours")]

SECTIONS = (".xen_prstatus", ".xen_shared_info", ".xen_pages", ".xen_p2m")


def read(dom0, path, at, size):
    return bytes.fromhex(dom0.check(f"dd if={path} bs=1 skip={at} count={size} 2>/dev/null | "
                                    "hexdump -v -e '1/1 \"%02x\"'"))


def sections(dom0, path):
    """Name -> offset and size, from the ELF file's section headers."""
    header = read(dom0, path, 0, 64)
    assert header[:4] == b"\x7fELF" and struct.unpack_from("<H", header, 16)[0] == 4
    shoff, = struct.unpack_from("<Q", header, 40)
    shnum, strndx = struct.unpack_from("<HH", header, 60)
    table = read(dom0, path, shoff, 64 * shnum)
    rows = [(struct.unpack_from("<I", table, 64 * i)[0],) + struct.unpack_from("<QQ", table, 64 * i + 24)
            for i in range(shnum)]
    names = read(dom0, path, *rows[strndx][1:])
    return {names[n:names.index(b"\0", n)].decode(): (at, size) for n, at, size in rows[1:]}


@pytest.mark.long
def test_same_as_the_packaged_one(dom0):
    dom0.create("dumped", "memory=128", "vcpus=2")
    dom0.shell("dumped").leave()
    dom0.must("pause dumped")
    assert dom0.must("dump-core dumped /tmp/a.core") == "Dumped core of domain dumped to /tmp/a.core\n"
    assert dom0.list()["dumped"].state[2] == "p"
    dom0.check("xl dump-core dumped /tmp/b.core")
    ours, theirs = sections(dom0, "/tmp/a.core"), sections(dom0, "/tmp/b.core")
    assert set(SECTIONS) | {".note.Xen"} <= set(ours)
    for name in SECTIONS:
        (a, size), (b, other) = ours[name], theirs[name]
        assert size == other, (name, ours, theirs)
        if name == ".xen_shared_info":      # a timer may have fired between the two
            continue
        dom0.check(f"cmp -n {size} /tmp/a.core /tmp/b.core {a} {b}")
    assert read(dom0, "/tmp/a.core", *ours[".note.Xen"]) == read(dom0, "/tmp/b.core", *theirs[".note.Xen"])
    assert ours[".xen_pages"][1] >= 120 << 20
    dom0.check("rm /tmp/a.core /tmp/b.core")
    dom0.must("unpause dumped")


def test_of_a_crash(dom0):
    dom0.create("broken", 'extra="console=hvc0 crash=now"', "memory=128", "on_crash='coredump-destroy'")
    dom0.until(lambda rows: "broken" not in rows, 120, "the end of a guest that crashed")
    path, = dom0.check("ls /var/lib/xen/dump/*-broken.*.core").split()
    assert re.fullmatch(r"/var/lib/xen/dump/\d{4}-\d{4}-\d{4}\.\d\d-broken\.\d+\.core", path)
    assert sections(dom0, path)[".xen_pages"][1] >= 120 << 20
    dom0.check(f"rm {path}")
