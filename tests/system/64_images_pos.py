# SPDX-License-Identifier: GPL-2.0-only
"""Guests whose kernel is in their own disk: read by xend, or started by the packaged PV GRUB."""

import pytest

pytestmark = pytest.mark.tools("ours")

PVGRUB = "/usr/lib/grub-xen/grub-x86_64-xen.bin"
MENU = """set default="1"
set timeout=0
menuentry 'first' --id first-id { linux /boot/vmlinuz which=first; initrd /initrd.img
}
menuentry 'second' --id second-id {
  search --no-floppy --fs-uuid --set=root 11111111-2222-3333-4444-555555555555
  linux /boot/vmlinuz which=second console=hvc0
  initrd /boot/initrd
}
"""
# The table of a disk with one partition of 48 MiB from 1 MiB on.
MBR = (r"printf '\000\000\000\000\203\000\000\000\000\010\000\000\000\200\001\000' "
       r"| dd of=/tmp/i.mbr bs=1 seek=446 conv=notrunc 2>/dev/null; "
       r"printf '\125\252' | dd of=/tmp/i.mbr bs=1 seek=510 conv=notrunc 2>/dev/null")


@pytest.fixture
def disks(dom0):
    """/tmp/i.raw, a file system; /tmp/i.mbr, the same in a partition; /tmp/i.qcow2, the same over that."""
    if dom0.run("test -s /tmp/i.qcow2").rc:
        dom0.check("mkdir -p /tmp/t/boot/grub && cp /boot/guest/vmlinuz /tmp/t/boot/ && "
                   "cp /boot/guest/initrd /tmp/t/boot/ && ln -sf boot/initrd /tmp/t/initrd.img && "
                   "cat > /tmp/t/boot/grub/grub.cfg", input=MENU)
        dom0.check("/usr/sbin/mke2fs -q -F -t ext4 -U 11111111-2222-3333-4444-555555555555 -d /tmp/t /tmp/i.raw 48M && "
                   "rm -r /tmp/t && truncate -s 49M /tmp/i.mbr && "
                   "dd if=/tmp/i.raw of=/tmp/i.mbr bs=1M seek=1 conv=notrunc 2>/dev/null; " + MBR)
        dom0.check("qemu-img create -q -f qcow2 -F raw -b /tmp/i.mbr /tmp/i.qcow2")
    yield
    dom0.clean()
    assert dom0.check("pidof qemu-nbd; ls /tmp | grep xend-; true") == ""


def boot(dom0, name, disk, *more):
    dom0.create(name, 'kernel=""', 'ramdisk=""', f'disk=["{disk}"]', *more)
    guest = dom0.shell(name)
    out = guest.run("cat /proc/cmdline; cat /sys/block/xvda/size")[0]
    guest.leave()
    return out


def test_partition(dom0, disks):
    """The default entry, from a partition; a restart reads it again."""
    out = boot(dom0, "part", "file:/tmp/i.mbr,xvda,w")
    assert out.startswith("which=second console=hvc0 console=hvc0 hostname=part mark=mpart\n"), out
    assert out.endswith(f"{49 * 2048}\n")


def test_qcow2_entry(dom0, disks):
    """Another entry by its id, from an image with a backing file, as an old configuration says it."""
    out = boot(dom0, "qcow", "qcow2:/tmp/i.qcow2,xvda,w", 'bootloader="/usr/lib/xen-4.17/bin/pygrub"',
               'bootargs="--entry=first-id --args=more=1 -q"')
    assert out.startswith("which=first more=1 console=hvc0 hostname=qcow"), out


def test_pvgrub(dom0, disks):
    """GRUB itself, with a frontend of its own for the disk. (How it starts Linux: 21_corners_pos.py.)"""
    dom0.check("mkdir -p /tmp/t/boot/grub && cp /boot/guest/tiny /tmp/t/boot/ && "
               "echo 'linux /boot/tiny hello by=grub; boot' > /tmp/t/boot/grub/grub.cfg && "
               "/usr/sbin/mke2fs -q -F -t ext4 -d /tmp/t /tmp/i.tiny 4M; rm -r /tmp/t")
    dom0.create("grub", 'firmware="pvgrub64"', 'kernel=""', 'ramdisk=""', 'disk=["file:/tmp/i.tiny,xvda,w"]')
    dom0.says("grub", "tiny: grub is up")
    dom0.must("destroy grub")
    # The same disk, the same menu, read by xend.
    dom0.create("read", 'kernel=""', 'ramdisk=""', 'disk=["file:/tmp/i.tiny,xvdb,r"]')
    dom0.says("read", "tiny: read is up")
