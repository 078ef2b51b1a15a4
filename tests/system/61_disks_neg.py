# SPDX-License-Identifier: GPL-2.0-only
"""Disks that cannot be: what is said, and that nothing is left."""

import pytest

pytestmark = [pytest.mark.tools("ours"), pytest.mark.xen_long]


@pytest.fixture
def files(dom0):
    dom0.check("truncate -s 16M /tmp/n.img; : > /tmp/n.empty; echo text > /tmp/n.txt; "
               "mknod /dev/loop41 b 7 41 2>/dev/null; true")
    yield
    dom0.clean()
    dom0.check("umount /tmp/n.mnt 2>/dev/null; losetup -d /dev/loop41 2>/dev/null; rm -rf /tmp/n.*")
    assert dom0.check("cat /sys/block/loop*/loop/backing_file 2>/dev/null; pidof qemu-nbd; true") == ""
    assert dom0.check("xenstore-ls /local/domain/0/backend 2>/dev/null | grep -c frontend; true").strip() == "0"


@pytest.mark.parametrize("disk,words", [
    ("file:/nosuch.img,xvda,w", ["/nosuch.img", "No such file or directory"]),
    ("phy:/dev/nosuch,xvda,w", ["/dev/nosuch", "No such file or directory"]),
    ("file:/tmp,xvda,w", ["/tmp", "folder"]),
    ("phy:/tmp/n.img,xvda,w", ["/tmp/n.img", "block device"]),
    ("file:/tmp/n.empty,xvda,w", ["/tmp/n.empty", "empty"]),
    ("qcow2:/tmp/n.txt,xvda,w", ["/tmp/n.txt", "qcow2"]),
    ("file:/tmp/n.img,xvda,q", ["access 'q'"]),
    ("file:/tmp/n.img,nosuch,w", ["nosuch"]),
    ("vhd:/tmp/n.img,xvda,w", ["vhd", "not supported"]),
])
def test_refused(dom0, files, disk, words):
    r = dom0.xm(f"create -q /etc/xen/tiny.cfg name=bad 'disk=[\"{disk}\"]'")
    assert r.rc == 1 and r.out.startswith("Error: ") and r.out.count("\n") == 1, r
    for word in ["bad", *words]:
        assert word in r.out, r
    assert set(dom0.list()) == {"Domain-0"}


def test_same_device_twice(dom0, files):
    r = dom0.xm("create -q /etc/xen/tiny.cfg name=bad 'disk=[\"file:/tmp/n.img,xvda,w\", "
                "\"file:/tmp/n.img,xvda,r\"]'")
    assert r.rc == 1 and "there already" in r.out, r


def test_in_use(dom0, files):
    """By another domain, by a mount, by a loop device of somebody else's."""
    dom0.tiny("first", "", "'disk=[\"file:/tmp/n.img,xvda,w\"]'")
    r = dom0.xm("create -q /etc/xen/tiny.cfg name=second 'disk=[\"file:/tmp/n.img,xvda,r\"]'")
    assert r.rc == 1 and "domain first has it as xvda (w)" in r.out, r
    dom0.must("destroy first")
    dom0.check("losetup /dev/loop41 /tmp/n.img")
    r = dom0.xm("create -q /etc/xen/tiny.cfg name=second 'disk=[\"file:/tmp/n.img,xvda,w\"]'")
    assert r.rc == 1 and "/tmp/n.img is in use in domain 0 by a loop device" in r.out, r
    if "vfat" in dom0.check("cat /proc/filesystems") or dom0.run("mkfs.ext2 /dev/loop41").rc == 0:
        dom0.check("mkdir -p /tmp/n.mnt")
        if dom0.run("mount /dev/loop41 /tmp/n.mnt").rc == 0:
            r = dom0.xm("create -q /etc/xen/tiny.cfg name=second 'disk=[\"phy:/dev/loop41,xvda,w\"]'")
            assert r.rc == 1 and "in use in domain 0" in r.out, r


def test_shared_only_if_both_say_so(dom0, files):
    dom0.tiny("one", "", "'disk=[\"file:/tmp/n.img,xvda,w!\"]'")
    dom0.tiny("two", "", "'disk=[\"file:/tmp/n.img,xvda,w!\"]'")
    r = dom0.xm("create -q /etc/xen/tiny.cfg name=three 'disk=[\"file:/tmp/n.img,xvda,w\"]'")
    assert r.rc == 1 and "(w!)" in r.out, r


def test_xend_killed_while_attaching(dom0, files):
    """At several moments: the next xend knows all or nothing of it, and it can be attached again."""
    dom0.tiny("moments")
    for ms in (0, 5, 10, 20, 40, 80):
        dom0.check(f"xm block-attach moments file:/tmp/n.img,xvdb,w >/dev/null 2>&1 & usleep {ms}000; "
                   "kill -9 $(cat /run/xend/xend.pid); wait; while pidof xend >/dev/null; do usleep 10000; done; "
                   "/usr/sbin/xend")
        dom0.machine.until(lambda: dom0.xm("block-detach -f moments xvdb").rc == 0 or
                           dom0.must("block-list moments") == "", 20, "the disk to be there or not")
        dom0.machine.until(lambda: dom0.check("cat /sys/block/loop*/loop/backing_file 2>/dev/null; true") == "",
                           20, "its loop device to go")
    dom0.must("block-attach moments file:/tmp/n.img,xvdb,w")
    dom0.must("block-detach -f moments xvdb")


def test_file_gone_or_short_while_in_use(dom0, files):
    """A guest whose disk loses its end gets I/O errors, and goes on."""
    dom0.create("short", 'disk=["file:/tmp/n.img,xvda,w"]')
    guest = dom0.shell("short")
    dom0.check("truncate -s 4M /tmp/n.img")
    assert guest.run("dd if=/dev/xvda of=/dev/null bs=1M skip=8 count=1 iflag=direct 2>&1")[1] != 0 or \
        guest.run("dd if=/dev/xvda bs=1M skip=8 count=1 2>/dev/null | tr -d '\\0' | wc -c")[0] == "0\n"
    assert guest.run("echo alive")[0] == "alive\n"
    guest.leave()
    dom0.must("destroy short")
