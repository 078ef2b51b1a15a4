# SPDX-License-Identifier: GPL-2.0-only
"""Disks that cannot be: what is said, and that nothing is left."""

import json
import os
import re

import pytest

from corner import build_dir, dom0_modules, make_image

pytestmark = [pytest.mark.tools("ours"), pytest.mark.xen_long]


@pytest.fixture
def files(dom0):
    dom0.check("truncate -s 16M /tmp/n.img; : > /tmp/n.empty; echo text > /tmp/n.txt; "
               "qemu-img create -q -f qcow2 -F raw -b /etc/passwd /tmp/n.over; "
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
    ("qcow2:/tmp/n.over,xvda,w", ["/tmp/n.over", "'/etc/passwd'", "no file beside it"]),
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


def failed(dom0, name, pattern):
    """What is said of a disk whose requests failed: in the list, beside the table and in it as JSON, and in the log."""
    said = re.compile(pattern)
    dom0.machine.until(lambda: said.search(dom0.must(f"block-list {name}")), 60, pattern)
    warnings = [line for line in dom0.must(f"block-list {name}").splitlines() if line.startswith("Warning: ")]
    assert len(warnings) == 1 and said.search(warnings[0]), warnings
    disk = json.loads(dom0.must(f"block-list --json {name}"))[0]
    assert disk["io_errors"] > 0 and said.search(disk["io_error"]), disk
    assert said.search(dom0.check(f"grep -F 'device: {name}: disk ' /var/log/xend/xend.log"))


def test_no_room_while_in_use(dom0, files):
    """Behind a disk is a file with holes, and no room to fill them: the guest gets errors, and goes on."""
    dom0.check("mkdir -p /tmp/n.mnt; mount -t tmpfs -o size=2m none /tmp/n.mnt; truncate -s 16M /tmp/n.mnt/disk")
    dom0.create("full", 'disk=["file:/tmp/n.mnt/disk,xvda,w"]')
    guest = dom0.shell("full")
    assert guest.run("dd if=/dev/urandom of=/dev/xvda bs=1M count=1 conv=fsync")[1] == 0
    assert json.loads(dom0.must("block-list --json full"))[0]["io_errors"] == 0
    assert guest.run("dd if=/dev/urandom of=/dev/xvda bs=1M seek=8 count=4 conv=fsync")[1] != 0
    # A request of which a part was written is an error of another kind.
    failed(dom0, "full", "/tmp/n.mnt/disk: writing sector [0-9]+ failed: (No space left on device|Input/output error)")
    assert guest.run("echo alive")[0] == "alive\n"
    guest.leave()
    dom0.must("destroy full")


@pytest.mark.hv("ours")
@pytest.mark.long
def test_lost_while_in_use(machine_of):
    """A file that loses its end, and a device that turns to dm's error target: likewise."""
    dom0 = machine_of("lost", overlays=[make_image(
        [*dom0_modules(lazy="ext4 crc32c_generic dm_mod"), "prog /sbin/dmsetup /usr/sbin/dmsetup"],
        os.path.join(build_dir(), "images", "dm.cpio"))])
    dom0.check("set -e; modprobe ext4; modprobe dm_mod; mkdir -p /tmp/n.mnt; truncate -s 64M /tmp/n.fs; "
               "/usr/sbin/mke2fs -q -F -t ext4 /tmp/n.fs; mknod /dev/loop40 b 7 40; losetup /dev/loop40 /tmp/n.fs; "
               "mount -t ext4 /dev/loop40 /tmp/n.mnt; head -c 16m /dev/urandom > /tmp/n.mnt/disk; "
               "truncate -s 16M /tmp/n.img; mknod /dev/loop41 b 7 41; losetup /dev/loop41 /tmp/n.img; "
               "dmsetup create lost --table '0 32768 linear /dev/loop41 0'; dmsetup mknodes")
    dom0.create("lost", 'disk=["file:/tmp/n.mnt/disk,xvda,w", "phy:/dev/mapper/lost,xvdb,w"]')
    guest = dom0.shell("lost")
    read = "dd if=/dev/{} of=/dev/null bs=64k skip=128 count=16"
    for dev in ("xvda", "xvdb"):
        assert guest.run(read.format(dev))[1] == 0
    dom0.check("truncate -s 4M /tmp/n.mnt/disk; "
               "dmsetup suspend lost && dmsetup reload lost --table '0 32768 error' && dmsetup resume lost")
    guest.run("echo 3 > /proc/sys/vm/drop_caches")
    for dev in ("xvda", "xvdb"):
        assert guest.run(read.format(dev))[1] != 0
    said = " failed: Input/output error"
    dom0.machine.until(lambda: dom0.must("block-list lost").count(said) == 2, 60, "both errors")
    out = dom0.must("block-list lost")
    assert "/tmp/n.mnt/disk: reading sector 16384 failed" in out and "/dev/mapper/lost: reading sector " in out, out
    assert guest.run("echo alive")[0] == "alive\n"
    guest.leave()
