# SPDX-License-Identifier: GPL-2.0-only
"""Clones on a file system that shares blocks: btrfs, in a file of dom0's."""

import os

import pytest

from corner import build_dir, dom0_modules, make_image

pytestmark = [pytest.mark.tools("ours"), pytest.mark.hv("ours"), pytest.mark.long]


def overlay():
    """mkfs.btrfs and its module, beside dom0's own modules."""
    return make_image([*dom0_modules(lazy="btrfs"), "prog /sbin/mkfs.btrfs /usr/sbin/mkfs.btrfs"],
                      os.path.join(build_dir(), "images", "btrfs.cpio"))


@pytest.mark.skipif(not os.path.exists("/usr/sbin/mkfs.btrfs"), reason="no mkfs.btrfs (package btrfs-progs)")
def test_clone_shares_blocks(machine_of):
    dom0 = machine_of("btrfs", overlays=[overlay()])
    dom0.check("modprobe btrfs; truncate -s 300M /tmp/fs; mkfs.btrfs -q /tmp/fs; mkdir -p /var/lib/xen/images; "
               "mknod /dev/loop40 b 7 40; losetup /dev/loop40 /tmp/fs; mount -t btrfs /dev/loop40 /var/lib/xen/images; "
               "mkdir /tmp/t; head -c 64m /dev/urandom > /tmp/t/noise")

    def used():
        dom0.check("sync")
        return int(dom0.check("df -m /var/lib/xen/images | tail -n 1").split()[2])

    dom0.must("image create base --from /tmp/t --size 128 -f raw", 300)
    before = used()
    assert before > 64
    assert ", sharing blocks with its original" in dom0.must("image clone -f raw base copy")
    assert used() - before < 16
    # What is written to one is not in the other.
    cd = "cd /var/lib/xen/images; "
    sums = dom0.check(cd + "md5sum < base.raw; md5sum < copy.raw").split()
    assert sums[0] == sums[2]
    dom0.create("writer", 'disk=["file:/var/lib/xen/images/copy.raw,xvda,w"]')
    guest = dom0.shell("writer")
    assert guest.run("dd if=/dev/urandom of=/dev/xvda bs=1M count=32 seek=64 conv=fsync", 120)[1] == 0
    guest.leave()
    dom0.must("destroy writer")
    assert dom0.check(cd + "md5sum < base.raw").split()[0] == sums[0]
    assert dom0.check(cd + "md5sum < copy.raw").split()[0] != sums[0]
    assert used() - before > 16
