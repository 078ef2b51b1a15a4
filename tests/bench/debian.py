# SPDX-License-Identifier: GPL-2.0-only
"""A whole Debian guest with systemd, to its login prompt: the image of `make debian-guest-check`, its kernel
and ramdisk taken out of it, its disk a loop device over it."""

import os
import sys
import time

import devices
import linux
import debian_args
from report import Broken
from rows import Row

GROUP = "debian"
ROWS = [Row("debian-login", GROUP, "s", 1.0, "xm | xl create to the login prompt of a Debian guest")]
PREPARE = ("mkdir -p /images /guest; [ -b /dev/loop40 ] || mknod /dev/loop40 b 7 40; "
           "mount -t ext4 /dev/vda /images && losetup /dev/loop40 /images/base.raw && "
           "mount -t ext4 -o ro /dev/loop40 /guest && cp -L /guest/vmlinuz /guest/initrd.img /tmp && umount /guest")
# Without the first boot's own work: how long a key takes to make is chance.
EXTRA = ("root=/dev/xvda ro console=hvc0 quiet systemd.mask=image-firstboot.service systemd.mask=ssh.service "
         "systemd.mask=image-hostkeys.service " + debian_args.ARGS)
CONFIG = f"""name="debian"
kernel="/tmp/vmlinuz"
ramdisk="/tmp/initrd.img"
extra="{EXTRA}"
memory=512
vcpus=2
disk=['phy:/dev/loop40,xvda,w']
"""


class Corner(linux.corners.Corner):
    """dom0 with the disk that has the image, and its driver."""

    def __init__(self, setup, side, disk):
        modules = devices.image(setup, "modules.cpio", linux.corners.dom0_modules("virtio_blk crc32c_generic ext4"))
        super().__init__(side, linux.TOOLS[side], "hvc0", memory="3G",
                         overlays=[devices.overlay(setup, programs=False), modules])
        self.disk = disk

    def argv(self, agent=True, console="stdio"):
        drive = f"file={self.disk},format=raw,if=virtio,snapshot=on,cache=unsafe"
        return super().argv(agent, console) + ["-drive", drive]


def login(dom0):
    """Nanoseconds from the command to the prompt."""
    dom0.check("cat > /tmp/debian.cfg", input=CONFIG)
    start = time.monotonic()
    dom0.must("create /tmp/debian.cfg", 300)
    session = dom0.console("debian")
    session.expect(rb"login: ", 600)
    took = (time.monotonic() - start) * 1e9
    session.hangup()
    return took


def run(setup, samples, side):
    disk = os.path.join(os.path.dirname(setup.initramfs), "debian-guest.disk")
    if not os.path.exists(disk):
        print(f"bench: {GROUP} left out: {os.path.relpath(disk)} is not there (`make debian-guest-disk`)",
              file=sys.stderr)
        return
    try:
        machine = Corner(setup, side, disk).boot("bench-debian")
        try:
            dom0 = linux.Dom0(machine, side, linux.TOOLS[side])
            dom0.check(PREPARE, 120)
            samples.add(side, {"debian-login": [login(dom0)]})
        finally:
            machine.stop()
    except linux.MachineError as why:
        raise Broken(f"{side}: {why}") from None
