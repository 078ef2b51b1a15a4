#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""debian_guest.py DISK [HV]: whole Debian guests, with systemd, on the image that `xm image create` makes.

DISK has a file system with base.raw and base.json in it, and becomes dom0's /var/lib/xen/images. A raw clone
and a qcow2 clone boot to their login prompt with the kernel in them; each obeys its seed, gets an address by
DHCP and is pinged, and keeps 256 MiB of noise through the disk. One serves a file by HTTP to dom0 and to the other,
and is given and taken memory and vcpus: 4 of them on 2 CPUs."""

import os
import re
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "lib"))

from corner import Corner, build_dir, dom0_modules, make_image  # noqa: E402
from debian_args import ARGS                # noqa: E402
from dom0 import Dom0                      # noqa: E402

USER_DATA = "#!/bin/sh\npasswd -d root\necho seen > /root/seed\n"
SSH_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB7fVexkVn0Z0C0WbqHTWbTtEsZyVsmJcYFsOZyWkYdF me@here"
MIB = 256
# A web server of what the guest has anyway.
SERVER = ("perl -MIO::Socket::INET -e '$s = IO::Socket::INET->new(LocalPort => 80, Listen => 5) or die; "
          "while ($c = $s->accept) { while (<$c>) { last if /^\\r?\\n$/ } open F, q(/root/served); "
          "print $c qq(HTTP/1.0 200 OK\\r\\n\\r\\n), <F>; close $c }' < /dev/null > /dev/null 2>&1 &")


class Machine(Corner):
    """dom0 with a disk and a file system's driver for it."""

    def __init__(self, disk, hv):
        super().__init__(hv, "ours", overlays=[self.modules()], memory="4G",
                         xen_args="dom0_mem=800M,max:800M")
        self.disk = disk

    @staticmethod
    def modules():
        """dom0's own modules and those for the disk."""
        return make_image(dom0_modules("virtio_blk crc32c_generic ext4"),
                          os.path.join(build_dir(), "images", "debian-guest.cpio"))

    def argv(self, agent=True, console="stdio"):
        drive = f"file={self.disk},format=raw,if=virtio,snapshot=on,cache=unsafe"
        return super().argv(agent, console) + ["-drive", drive]


class Guest:
    """A Debian system on its console."""

    def __init__(self, dom0, name):
        self.dom0, self.name = dom0, name
        self.started = time.monotonic()
        self.session = dom0.console(name)
        self.log = open(os.path.join(build_dir(), "logs", f"debian-guest-{name}.log"), "wb", buffering=0)
        self.session.on_output = self.log.write
        self.session.expect(rb"login: ", 600)
        self.say("at its login prompt")
        self.session.send("root\n")
        self.session.expect(rb"# ", 120)
        # Marks that no echo can be taken for, and no message of the kernel's between them.
        self.session.send("dmesg -n 1; stty -echo; PS1=; PS2=; "
                          "bind 'set enable-bracketed-paste off'; echo =$((6 * 7))\n")
        self.session.expect(rb"=42\r\n", 60)

    def say(self, what):
        print(f"{self.name}: {what} after {time.monotonic() - self.started:.0f} s", flush=True)

    def run(self, command, timeout=120):
        self.session.send(f"({command}); echo =$?=$((6 * 7))\n")
        m = self.session.expect(rb"(.*?)=([0-9]+)=42\r\n", timeout)
        out = m.group(1).decode("utf-8", "replace").replace("\r\n", "\n")
        if m.group(2) != b"0":
            raise RuntimeError(f"{self.name}: `{command}` ended with {m.group(2).decode()}: {out}")
        return out

    def until(self, condition, timeout, what):
        self.dom0.machine.until(condition, timeout, f"{what} in {self.name}")

    def leave(self):
        self.session.on_output = None
        self.session.hangup()
        self.log.close()


def check_system(guest):
    state = guest.run("systemctl is-system-running --wait || true", 600).strip()
    assert state == "running", state + ": " + guest.run("systemctl --failed --no-legend")
    assert guest.run("hostname; cat /root/seed /root/.ssh/authorized_keys") == f"{guest.name}1\nseen\n{SSH_KEY}\n"
    assert "ssh-ed25519" in guest.run("cat /etc/ssh/ssh_host_ed25519_key.pub")
    root = guest.run("findmnt -n -o SOURCE /").strip()
    assert root == "/dev/xvda", root
    print(guest.run("systemd-analyze --no-pager time | head -n 1"), end="")
    guest.say("systemd is content")


def check_disk(guest):
    """Noise of MIB MiB, written through the page cache and read again past it."""
    sums = guest.run(f"dd if=/dev/urandom bs=1M count={MIB} status=none | tee /root/noise | sha256sum; sync; "
                     "echo 3 > /proc/sys/vm/drop_caches; sha256sum < /root/noise; rm /root/noise", 900)
    a, b = re.findall(r"[0-9a-f]{64}", sums)
    assert a == b, sums
    guest.say(f"{MIB} MiB written and read, sha256 {a[:16]}...")


def check_network(dom0, guest):
    """The address that DHCP gave it, which answers dom0 and sees it."""
    out = guest.run("until ip -4 -o addr show scope global | grep inet; do sleep 0.2; done", 120)
    ip = re.search(r"inet (192\.168\.127\.[0-9]+)/24", out).group(1)
    dom0.check(f"ping -c 3 -W 5 {ip}")
    guest.run("ping -c 3 -W 5 192.168.127.1")
    guest.say(f"has {ip} by DHCP, pinged both ways")
    return ip


def check_http(dom0, server, ip, client):
    server.run("head -c 1000000 /dev/urandom | base64 > /root/served; (" + SERVER + ")")
    server.run("until ss -ltn | grep -q ':80 '; do sleep 0.2; done")
    want = server.run("sha256sum < /root/served").split()[0]
    got = dom0.check(f"wget -q -O - http://{ip}/ | sha256sum", 120)
    assert got.split()[0] == want, got
    got = client.run(f"exec 3<>/dev/tcp/{ip}/80; printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3; "
                     "sed '1,/^\\r$/d' <&3 | sha256sum", 120)
    assert got.split()[0] == want, got
    server.say("served a file to dom0 and to the other guest")


def memory_kib(guest):
    return int(guest.run("sed -n 's/^MemTotal: *\\([0-9]*\\).*/\\1/p' /proc/meminfo"))


def check_memory(dom0, guest):
    """The balloon takes and gives; the kernel keeps some for itself."""
    before = memory_kib(guest)
    for mib in (320, 512):
        dom0.must(f"mem-set {guest.name} {mib}")
        guest.until(lambda: abs(memory_kib(guest) - before - (mib - 512) * 1024) < 4096, 120, f"{mib} MiB")
        dom0.machine.until(lambda: abs(dom0.list()[guest.name].mem - mib) <= 2, 60, f"{mib} MiB in the list")
    guest.say("memory down and up again")


def check_vcpus(dom0, guest):
    assert guest.run("nproc") == "1\n"
    for count in (4, 2, 3, 1):
        dom0.must(f"vcpu-set -i {guest.name} {count}")
        guest.until(lambda: guest.run("nproc") == f"{count}\n", 120, f"{count} vcpus")
        # All of them work.
        out = guest.run("for i in $(seq $(nproc)); do (sha256sum /usr/bin/perl /boot/vmlinuz*) & done; wait", 300)
        assert len(set(out.splitlines())) == 2, out
    guest.say("vcpus 1, 4, 2, 3, 1")


def boot(dom0, name, fmt):
    dom0.check("cat > /tmp/user-data", input=USER_DATA)
    dom0.check("cat > /tmp/key.pub", input=SSH_KEY + "\n")
    print(dom0.must(f"image clone -f {fmt} base {name} --hostname {name}1 --user-data /tmp/user-data "
                    "--ssh-key /tmp/key.pub", 600), end="")
    kind = "file" if fmt == "raw" else fmt
    dom0.check(f"cat > /tmp/{name}.cfg", input=f"""name = "{name}"
memory = 512
vcpus = 1
maxvcpus = 4
vif = [""]
bootloader_args = ["--args={ARGS}"]
disk = ["{kind}:/var/lib/xen/images/{name}.{fmt},xvda,w", "file:/var/lib/xen/images/{name}.seed,xvdz,r"]
""")
    started = time.monotonic()
    dom0.must(f"create /tmp/{name}.cfg")
    print(f"{name}: created in {time.monotonic() - started:.1f} s", flush=True)
    return Guest(dom0, name)


def main():
    machine = Machine(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "ours").boot("debian-guest")
    dom0 = Dom0(machine, sys.argv[2] if len(sys.argv) > 2 else "ours", "ours")
    try:
        dom0.check("mkdir -p /var/lib/xen/images && mount -t ext4 /dev/vda /var/lib/xen/images")
        print(dom0.must("image list"), end="")
        guests = []
        for name, fmt in (("deb-raw", "raw"), ("deb-qcow", "qcow2")):
            guest = boot(dom0, name, fmt)
            guests.append((guest, check_network(dom0, guest)))
            check_system(guest)
            check_disk(guest)
        check_http(dom0, *guests[0], guests[1][0])
        check_memory(dom0, guests[0][0])
        check_vcpus(dom0, guests[0][0])
        for guest, _ in guests:
            guest.leave()
            dom0.must(f"shutdown -w {guest.name}", 300)
            guest.say("shut down")
    finally:
        machine.stop()
    print("debian-guest: ok")


main()
