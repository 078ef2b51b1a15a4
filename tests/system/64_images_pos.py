# SPDX-License-Identifier: GPL-2.0-only
"""Guests whose kernel is in their own disk: read by xend, or started by the packaged PV GRUB."""

import pytest

pytestmark = pytest.mark.tools("ours")

PVGRUB = "/usr/lib/grub-xen/grub-x86_64-xen.bin"
MENU = """set default="1"
set timeout=0
menuentry 'first' --id first-id { linux /boot/tiny which=first }
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
                   "cp /boot/guest/initrd /boot/guest/tiny /tmp/t/boot/ && "
                   "cat > /tmp/t/boot/grub/grub.cfg", input=MENU)
        dom0.check("/usr/sbin/mke2fs -q -F -t ext4 -U 11111111-2222-3333-4444-555555555555 -d /tmp/t /tmp/i.raw 48M && "
                   "rm -r /tmp/t && truncate -s 49M /tmp/i.mbr && "
                   "dd if=/tmp/i.raw of=/tmp/i.mbr bs=1M seek=1 conv=notrunc 2>/dev/null; " + MBR)
        dom0.check("qemu-img create -q -f qcow2 -F raw -b /tmp/i.mbr /tmp/i.qcow2")
    yield
    dom0.clean()
    assert dom0.check("pidof qemu-nbd; ls /tmp | grep xend-; true") == ""


@pytest.mark.xen_long
def test_partition(dom0, disks):
    """The default entry, from a partition: Debian's kernel and a ramdisk."""
    dom0.create("part", 'kernel=""', 'ramdisk=""', 'disk=["file:/tmp/i.mbr,xvda,w"]')
    guest = dom0.shell("part")
    out = guest.run("cat /proc/cmdline; cat /sys/block/xvda/size")[0]
    guest.leave()
    assert out == f"which=second console=hvc0 console=hvc0 hostname=part mark=mpart\n{49 * 2048}\n", out


@pytest.mark.xen_long
def test_qcow2_entry(dom0, disks):
    """Another entry by its id, from an image with a backing file, as an old configuration says it."""
    dom0.create("qcow", 'kernel=""', 'ramdisk=""', 'extra=""', 'disk=["qcow2:/tmp/i.qcow2,xvda,w"]',
                'bootloader="/usr/lib/xen-4.17/bin/pygrub"', 'bootargs="--entry=first-id --args=crash -q"',
                'on_crash="preserve"')
    dom0.says("qcow", "tiny: last words")


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
    dom0.must("reboot -w read", 60)     # reads it again
    dom0.must("shutdown -w read", 60)


@pytest.fixture
def images(dom0):
    """No image before or after."""
    dom0.check("rm -rf /var/lib/xen/images /tmp/t /tmp/w.*")
    yield
    dom0.clean()
    assert dom0.check("ls -A /var/lib/xen/images 2>/dev/null | grep '^[.]'; true") == ""
    dom0.check("rm -rf /var/lib/xen/images /tmp/t /tmp/w.*")


def rows(dom0):
    return {line.split()[0]: line.split()[1:] for line in dom0.must("image list").splitlines()[1:]}


@pytest.mark.xen_long
def test_image_commands(dom0, images):
    """Made from a folder and from an archive, cloned in each way, booted with a seed, deleted."""
    dom0.check("mkdir -p /tmp/t/boot/grub && cp /boot/guest/tiny /tmp/t/boot/ && "
               "echo 'linux /boot/tiny' > /tmp/t/boot/grub/grub.cfg && tar -cf /tmp/w.tar -C /tmp/t .")
    made = dom0.must("image create base --from /tmp/t --size 64")
    assert made == ("Made image base.\n"
                    "disk = [ 'qcow2:/var/lib/xen/images/base.qcow2,xvda,w' ]\n"), made
    assert dom0.must("image-create --from=/tmp/w.tar -s 64m -f raw plain").startswith(
        "Made image plain.\ndisk = [ 'file:")
    dom0.check("echo 'ssh-ed25519 AAAA me@here' > /tmp/w.key; echo '#!/bin/true' > /tmp/w.data")
    made = dom0.must("image clone base web --ssh-key /tmp/w.key --user-data /tmp/w.data --hostname web1")
    assert "building on its original" in made and "'file:/var/lib/xen/images/web.seed,xvdz,r'" in made
    made = dom0.must("image clone -f raw plain copy")
    assert "copied" in made or "sharing blocks" in made
    dom0.must("image clone plain over --size=100")
    assert {n: (r[0], r[1], r[3], r[4]) for n, r in rows(dom0).items()} == {
        "base": ("qcow2", "64", "-", "/tmp/t"), "plain": ("raw", "64", "-", "/tmp/w.tar"),
        "web": ("qcow2", "64", "yes", "base"), "copy": ("raw", "64", "-", "plain"),
        "over": ("qcow2", "100", "-", "plain")}
    dom0.create("web", 'kernel=""', 'ramdisk=""', "disk=['qcow2:/var/lib/xen/images/web.qcow2,xvda,w', "
                "'file:/var/lib/xen/images/web.seed,xvdz,r']")
    dom0.says("web", "tiny: web is up")
    assert dom0.check("grep -a -c -e 'local-hostname: web1' -e '  - \"ssh-ed25519 AAAA me@here\"' "
                      "-e '#!/bin/true' /var/lib/xen/images/web.seed") == "3\n"
    # What others build on is not written, what a guest uses not cloned and not deleted.
    r = dom0.xm("block-attach web qcow2:/var/lib/xen/images/base.qcow2,xvdb,w")
    assert r.rc == 1 and "image web builds on base, which may only be read" in r.out, r
    for what in ("image clone web other", "image delete web"):
        r = dom0.xm(what)
        assert r.rc == 1 and "mage web is a disk of domain web" in r.out, r
    dom0.must("destroy web")
    assert "image web builds on it" in dom0.xm("image delete base").out
    dom0.must("image delete web base over plain copy")
    assert rows(dom0) == {} and dom0.check("ls -A /var/lib/xen/images") == ""
