# SPDX-License-Identifier: GPL-2.0-only
"""Disks and networks of guests: Debian's fio and iperf3, in guests of Debian's kernel.

Both sides have the same backends (dom0 Linux's), the same loop device over a file in dom0's memory, the same
bridge. The packaged xl runs two small scripts here where its own would be, which do as much as xend does."""

import contextlib
import os
import re
import shutil

import linux
from report import Broken
from rows import Row

GROUP = "devices"
LEAST = 1 / 0.95        # of the packaged side's throughput ours has to reach 0.95
FIO = {"disk-read-4k": ("randread", "4k", 16), "disk-write-4k": ("randwrite", "4k", 16),
       "disk-read-1m": ("read", "1m", 4), "disk-write-1m": ("write", "1m", 4)}
ROWS = [Row("disk-read-4k", GROUP, "us", LEAST, "fio: 4 KiB read at random, 16 at a time"),
        Row("disk-write-4k", GROUP, "us", LEAST, "fio: 4 KiB written at random, 16 at a time"),
        Row("disk-read-1m", GROUP, "us", LEAST, "fio: 1 MiB read in turn, 4 at a time"),
        Row("disk-write-1m", GROUP, "us", LEAST, "fio: 1 MiB written in turn, 4 at a time"),
        Row("net-to-dom0", GROUP, "us", LEAST, "iperf3: 1 MiB from the guest to dom0"),
        Row("net-from-dom0", GROUP, "us", LEAST, "iperf3: 1 MiB from dom0 to the guest"),
        Row("net-to-guest", GROUP, "us", LEAST, "iperf3: 1 MiB from the guest to another one")]

XL_CONF = 'autoballoon="off"\nrun_hotplug_scripts=1\n'
XL_BLOCK = """#!/bin/sh
[ "$1" = add ] || exit 0
dev=$(xenstore-read "$XENBUS_PATH/params")
xenstore-write "$XENBUS_PATH/physical-device" "$(stat -c %t:%T "$dev")" "$XENBUS_PATH/hotplug-status" connected
"""
XL_VIF = """#!/bin/sh
[ "$1" = online ] || exit 0
ip link set "$vif" master "$(xenstore-read "$XENBUS_PATH/bridge")"
ip link set "$vif" up
xenstore-write "$XENBUS_PATH/hotplug-status" connected
"""
PREPARE = ("modprobe xen-netback; modprobe bridge; brctl addbr br7; ip addr add 10.7.0.1/24 dev br7; "
           "ip link set br7 up; dd if=/dev/urandom of=/tmp/disk bs=1M count=64 2> /dev/null; "
           "[ -b /dev/loop40 ] || mknod /dev/loop40 b 7 40; losetup /dev/loop40 /tmp/disk; "
           "cat /root/tools.cpio /boot/guest/initrd > /tmp/initrd; iperf3 -s -D")


def image(setup, name, lines):
    """An archive of what the lines of util/mkimage.py say."""
    return linux.corners.make_image(lines, os.path.join(setup.work, name))


def tools(setup):
    """iperf3 for dom0, and an archive of both programs for the guests."""
    programs = {name: shutil.which(name, path="/usr/bin:/bin") for name in ("fio", "iperf3")}
    if None in programs.values():
        raise Broken("fio or iperf3 is not installed: `make bench-deps` does it")
    lines = [f"prog /bin/{name} {path}" for name, path in programs.items()]
    path = image(setup, "tools.cpio", ["libpath /usr/lib/x86_64-linux-gnu/ceph", *lines])
    return [f"file /root/tools.cpio {path} 644", f"prog /usr/bin/iperf3 {programs['iperf3']}"]


def overlay(setup, programs=True):
    """What xl runs, and the programs."""
    lines = tools(setup) if programs else []
    for dest, text, mode in (("/etc/xen/xl.conf", XL_CONF, 644), ("/etc/xen/scripts/block", XL_BLOCK, 755),
                             ("/etc/xen/scripts/vif-bridge", XL_VIF, 755)):
        path = os.path.join(setup.work, os.path.basename(dest))
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        lines.append(f"file {dest} {path} {mode}")
    return image(setup, "devices.cpio", lines)


def must(shell, command, timeout=120):
    out, rc = shell.run(command, timeout)
    if rc:
        raise Broken(f"`{command}` in a guest: {out}")
    return out


def guest(dom0, number):
    """A guest on the bridge; the first has the disk."""
    name = f"bench{number}"
    disk = ["disk=['phy:/dev/loop40,xvda,w']"] if number == 1 else []
    dom0.create(name, 'ramdisk="/tmp/initrd"', "memory=400", f'extra="console=hvc0 hostname={name} dhcp=no"',
                "vif=['bridge=br7']", *disk)
    shell = dom0.shell(name)
    must(shell, "modprobe xen-netfront; until [ -e /sys/class/net/eth0 ]; do usleep 20000; done; "
         f"ip link set lo up; ip addr add 10.7.0.{number + 1}/24 dev eth0; ip link set eth0 up; "
         "ping -c 1 -W 20 10.7.0.1")
    return shell


def fio(shell, job, seconds):
    """Nanoseconds for each request."""
    pattern, size, depth = FIO[job]
    must(shell, f"fio --name={job} --filename=/dev/xvda --thread --direct=1 --ioengine=libaio --rw={pattern} "
         f"--bs={size} --iodepth={depth} --time_based --runtime={seconds} --output-format=json "
         "--output=/tmp/fio.out", 300)
    rates = re.findall(r'"iops" : ([0-9.]+)', must(shell, "cat /tmp/fio.out | grep '\"iops\" :'"))
    best = max(map(float, rates), default=0)
    if not best:
        raise Broken(f"fio {job} has no rate: {rates}")
    return 1e9 / best


def iperf(shell, to, seconds, more=""):
    """Nanoseconds for each MiB that arrived."""
    out = must(shell, f"iperf3 -c {to} -t {seconds} -J {more} > /tmp/iperf.out || "
               "{ cat /tmp/iperf.out; false; }; grep -A 9 '\"sum_received\"' /tmp/iperf.out", 300)
    rate = re.search(r'"bits_per_second":\s*([0-9.e+]+)', out)
    if not rate or not float(rate.group(1)):
        raise Broken(f"iperf3 has no rate: {out}")
    return 8e9 * (1 << 20) / float(rate.group(1))


def measure(setup, dom0):
    batches, seconds = setup.quick(5, 2), setup.quick(4, 2)
    one, two = guest(dom0, 1), guest(dom0, 2)
    must(two, "iperf3 -s -D")
    found = {job: [fio(one, job, seconds) for _ in range(batches)] for job in FIO}
    for name, to, more in (("net-to-dom0", "10.7.0.1", ""), ("net-from-dom0", "10.7.0.1", "-R"),
                           ("net-to-guest", "10.7.0.3", "")):
        iperf(one, to, 1, more)
        found[name] = [iperf(one, to, seconds, more) for _ in range(batches)]
    for shell in (one, two):
        shell.leave()
    return found


def run(setup, samples, side):
    corner = linux.corners.Corner(side, linux.TOOLS[side], "hvc0", memory="3G", overlays=[overlay(setup)])
    try:
        with contextlib.ExitStack() as stack:
            machine = corner.boot("bench-devices")
            stack.callback(machine.stop)
            dom0 = linux.Dom0(machine, side, linux.TOOLS[side])
            dom0.check(PREPARE, 300)
            samples.add(side, measure(setup, dom0))
            dom0.clean()
    except linux.MachineError as why:
        raise Broken(f"{side}: {why}") from None
