# SPDX-License-Identifier: GPL-2.0-only
"""Disks that no kernel comes out of, and guests that mean harm by theirs: one sentence each, and nothing left."""

import pytest

pytestmark = [pytest.mark.tools("ours"), pytest.mark.xen_long]

MENU = "menuentry a { linux /boot/vmlinuz; initrd /boot/initrd }\n"
# How the tree or the file system differs -> what is said of it
CASES = {
    "no kernel": ("rm boot/vmlinuz", "the disk itself, kernel /boot/vmlinuz: no such file"),
    "a loop": ("rm boot/vmlinuz; ln -s vmlinuz boot/vmlinuz", "kernel /boot/vmlinuz: no such file"),
    "huge": ("truncate -s 900G boot/vmlinuz", "kernel /boot/vmlinuz: 966367641600 bytes"),
    "no menu": ("rm boot/grub/grub.cfg", "no menu in /boot/grub/grub.cfg"),
    "long menu": ("truncate -s 9M boot/grub/grub.cfg", "/boot/grub/grub.cfg: 9437184 bytes"),
    "itself": ("echo 'configfile $prefix/grub.cfg' > boot/grub/grub.cfg", "grub.cfg: it is too long or nested too"),
    "no program": ("echo hello > boot/vmlinuz", "entry 'a', kernel: not a kernel"),
    "escapes": (r"printf 'menuentry a { linux /\033[31m }' > boot/grub/grub.cfg", "kernel /?[31m: no such file"),
}


def create(dom0, *lines):
    dom0.check("cat > /tmp/n.cfg", input="\n".join(('name="n"', "memory=64", *lines)) + "\n")
    r = dom0.xm("create /tmp/n.cfg")
    assert r.rc == 1 and "n" not in dom0.list(), r
    return r.out


@pytest.fixture
def quiet(dom0):
    yield
    assert dom0.check("rm -rf /tmp/n.*; pidof qemu-nbd; ls /tmp | grep xend-; true") == ""


def test_trees(dom0, quiet):
    for what, (change, says) in CASES.items():
        dom0.check("rm -rf /tmp/n.*; mkdir -p /tmp/n.t/boot/grub; cd /tmp/n.t; cat > boot/grub/grub.cfg; "
                   "echo k > boot/vmlinuz; echo r > boot/initrd; " + change +
                   "; /usr/sbin/mke2fs -q -F -t ext4 -d . /tmp/n.img 16M", input=MENU)
        out = create(dom0, 'disk=["file:/tmp/n.img,xvda,w"]')
        assert "image /tmp/n.img" in out and says in out and out.count("\n") == 2, (what, out)


def test_disks(dom0, quiet):
    """Nothing to read; damage; what is no image."""
    dom0.check("truncate -s 1M /tmp/n.img")
    assert "it has neither partitions nor" in create(dom0, 'disk=["file:/tmp/n.img,xvda,w"]')
    assert "not in qcow2 format" in create(dom0, 'disk=["qcow2:/tmp/n.img,xvda,w"]')
    assert "/tmp/n.none" in create(dom0, 'disk=["file:/tmp/n.none,xvda,w"]')
    dom0.check("/usr/sbin/mke2fs -q -F -t ext4 /tmp/n.img && printf '\\377\\377\\377\\377' | "
               "dd of=/tmp/n.img bs=1 seek=1048 conv=notrunc 2>/dev/null")
    assert "damaged" in create(dom0, 'disk=["file:/tmp/n.img,xvda,w"]')


def test_configurations(dom0, quiet):
    disk = 'disk=["file:/tmp/n.img,xvda,w"]'
    assert 'expected "builtin" or "pygrub"' in create(dom0, disk, 'bootloader="/bin/sh"')
    assert "kernel and bootloader are both given" in create(dom0, disk, 'bootloader="builtin"',
                                                            'kernel="/boot/guest/vmlinuz"')
    assert "'--more' is not known" in create(dom0, disk, 'bootargs="--more"')
    assert "expected a kernel, or a disk" in create(dom0, 'bootloader="builtin"')


def test_image_commands(dom0, quiet):
    dom0.check("rm -rf /var/lib/xen/images; mkdir /tmp/n.t; head -c 3m /dev/urandom > /tmp/n.t/f; echo x > /tmp/n.tar")
    for command, says in (
            ("create ../x --from /tmp/n.t", "not a name"),
            ("create x --from /tmp/n.none", "No such file"),
            ("create x --from /tmp/n.t --size 2", "Could not allocate block"),
            ("create x --from /tmp/n.t --size many", "'many' is not a size"),
            ("create x --from /tmp/n.t --format vmdk", "raw and qcow2 are possible"),
            ("create x --from /tmp/n.tar", "tar: "),
            ("create x --hostname a_b --from /tmp/n.t", "hostname is no host's name"),
            ("create x", "image-debian"),
            ("clone none x", "mage 'none' does not exist"),
            ("delete none", "mage 'none' does not exist"),
            ("show x", "Subcommand image is ambiguous")):
        r = dom0.xm("image " + command)
        assert r.rc == 1 and says in r.out, r
    assert dom0.check("ls -A /var/lib/xen/images") == ""


def test_killed(dom0, quiet):
    """xend ends while an image is being made: nothing of it stays."""
    dom0.check("rm -rf /var/lib/xen/images; mkfifo /tmp/n.fifo; mkdir /tmp/n.t; ln -s /tmp/n.fifo /tmp/n.t/tar")
    session = dom0.machine.spawn("xm image create x --from /tmp/n.fifo")
    dom0.check("until [ -d /var/lib/xen/images/.new-x/tree ]; do usleep 20000; done")
    assert "is being made" in dom0.xm("image create x --from /tmp/n.t").out
    dom0.kill("xend")
    session.wait()
    dom0.check("/usr/sbin/xend; until [ -z \"$(ls -A /var/lib/xen/images)\" ]; do usleep 20000; done")
    assert dom0.must("image list").count("\n") == 1
    dom0.check("kill $(pidof tar) 2>/dev/null; true")
