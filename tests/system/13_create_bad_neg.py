# SPDX-License-Identifier: GPL-2.0-only
"""Configurations that cannot work: what is said, and that nothing is left of them."""

import re

import pytest

pytestmark = pytest.mark.tools("ours")


def refused(dom0, settings, *words):
    """create with these settings fails as every error does, and says all of words; its output."""
    r = dom0.xm(f"create -q /etc/xen/tiny.cfg name=bad {settings}")
    assert r.rc == 1, r
    assert r.out.startswith("Error: ") and r.out.count("\n") == 1, r
    for word in words:
        assert word in r.out, r
    assert set(dom0.list()) == {"Domain-0"}
    return r.out


@pytest.mark.parametrize("key", ["kernel", "ramdisk"])
def test_no_such_file(dom0, key):
    refused(dom0, f"{key}=/nosuch/file", "bad", key, "/nosuch/file", "No such file or directory")


@pytest.mark.parametrize("key", ["kernel", "ramdisk"])
def test_not_a_file(dom0, key):
    refused(dom0, f"{key}=/etc", "bad", key, "/etc", "not a regular file")
    dom0.check(": > /tmp/empty")
    refused(dom0, f"{key}=/tmp/empty", "bad", key, "/tmp/empty", "empty")


def test_consoles_and_screens(dom0):
    """A socket that is somebody's, a screen without the program that serves it: before there is a domain."""
    refused(dom0, """channel="['name=a,connection=socket,path=/run/xend/xend.sock']" """, "bad", "xend.sock", "in use")
    refused(dom0, """serial=stdio""", "bad", "serial 'stdio'", "only pty")
    refused(dom0, """vnc=1""", "bad", "vfb", "/usr/libexec/xen-qemu-system-i386", "qemu-system-xen")


@pytest.mark.parametrize("path", ["/bin/busybox", "/etc/passwd", "/boot/guest/initrd"])
def test_not_a_pv_kernel(dom0, path):
    refused(dom0, f"kernel={path}", "bad", path)


def test_half_a_kernel(dom0):
    dom0.check("head -c 4000000 /boot/guest/vmlinuz > /tmp/half; head -c 5000 /boot/guest/tiny > /tmp/small")
    refused(dom0, "kernel=/tmp/half", "bad", "/tmp/half")
    refused(dom0, "kernel=/tmp/small", "bad", "/tmp/small")
    dom0.check("rm /tmp/half /tmp/small")


def test_memory_of_nothing(dom0):
    refused(dom0, "memory=0", "memory")
    refused(dom0, "memory=-5", "memory")
    refused(dom0, "memory=lots", "memory", "lots")


def test_memory_too_little(dom0):
    """One MiB holds no kernel at all."""
    refused(dom0, "memory=1", "bad", "/boot/guest/tiny", "need", "the domain has 1 MiB")


@pytest.mark.parametrize("mib", [5000, 10 ** 6])
def test_memory_more_than_there_is(dom0, mib):
    out = refused(dom0, f"memory={mib}", "bad", "memory", str(mib), "free")
    free = int(re.search(r"^free_memory +: (\d+)", dom0.must("info"), re.M).group(1))
    said = [int(n) for n in re.findall(r"(\d+) MiB", out)]
    assert any(abs(n - free) <= 2 for n in said), (out, free)


def test_duplicate_name(dom0):
    dom0.tiny("twin")
    r = dom0.xm("create -q /etc/xen/tiny.cfg name=twin")
    assert r.rc == 1 and "twin" in r.out and "exists" in r.out, r
    assert list(dom0.list()) == ["Domain-0", "twin"]
    r = dom0.xm("create -q /etc/xen/tiny.cfg name=Domain-0")
    assert r.rc == 1 and "Domain-0" in r.out, r


@pytest.mark.parametrize("name", ["a/b", "../x", "17", "a b"])
def test_impossible_name(dom0, name):
    r = dom0.xm(f"create -q /etc/xen/tiny.cfg 'name={name}'")
    assert r.rc == 1 and name in r.out and r.out.startswith("Error: "), r


@pytest.mark.parametrize("text,place", [
    ('name = "x\nmemory = 3\n', "1:8"),
    ('name = "x"\nmemory = = 3\n', "2:10"),
    ('name = "x"\nvif = [ "a",\n\n', "4:1"),
    ('import os\n', "1:1"),
])
def test_syntax(dom0, text, place):
    dom0.check("cat > /tmp/broken.cfg", input=text)
    r = dom0.xm("create -q /tmp/broken.cfg")
    assert r.rc == 1 and re.match(r"Error: /tmp/broken.cfg:\d+:\d+: .*expected", r.out), r
    assert r.out.startswith(f"Error: /tmp/broken.cfg:{place}: "), r


def test_wrong_kind_of_value(dom0):
    dom0.check("cat > /tmp/kinds.cfg", input='name = "x"\nkernel = ["/a", "b"]\n')
    r = dom0.xm("create -q /tmp/kinds.cfg")
    assert r.rc == 1 and r.out.startswith("Error: /tmp/kinds.cfg:2:"), r


def test_no_such_configuration(dom0):
    r = dom0.xm("create nosuch.cfg")
    assert r.rc == 1 and "nosuch.cfg" in r.out and r.out.startswith("Error: "), r
    r = dom0.xm("create /etc")
    assert r.rc == 1 and "/etc" in r.out and "Error: " in r.out, r


def test_unknown_keys_are_named(dom0):
    dom0.check("cat /etc/xen/tiny.cfg - > /tmp/odd.cfg", input='memroy = 64\nfrobnicate = [ 1 ]\n')
    r = dom0.xm("create -q -n /tmp/odd.cfg 2>&1 >/dev/null")
    assert r.rc == 0 and "memroy" in r.out and "frobnicate" in r.out and "arning" in r.out, r
    r = dom0.xm("create -q /tmp/odd.cfg")
    assert r.rc == 0 and "memroy" in r.out and "tiny" in dom0.list(), r


def test_command_line_of_the_kernel_too_long(dom0):
    refused(dom0, f"extra={'x' * 1100}", "1023")


def test_no_trace_in_the_store(dom0):
    """After all of the above."""
    assert dom0.check("xenstore-list /local/domain").split() == ["0"]
    assert dom0.run("xenstore-list /vm").out.strip() in ("", "00000000-0000-0000-0000-000000000000")
    assert dom0.check("ls /var/lib/xend/running").strip() == ""
