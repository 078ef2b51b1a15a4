# SPDX-License-Identifier: GPL-2.0-only
"""A guest's screen and keyboard: the packaged QEMU serves them by VNC, in dom0 with that program added."""

import os

import pytest

from corner import build_dir, make_image
from rfb import Screen

pytestmark = [pytest.mark.tools("ours"), pytest.mark.hv("ours"), pytest.mark.long]

QEMU = "/usr/libexec/xen-qemu-system-i386"


def overlay():
    """QEMU with the libraries of the packages, its keymap, and what runs it with these."""
    top, here = os.path.join(build_dir(), "debian", "root"), os.path.dirname(__file__)
    return make_image([
        "libdir /usr/lib/xen-4.17/lib", f"libpath {top}/usr/lib/x86_64-linux-gnu",
        f"prog /usr/lib/xen-4.17/libexec/xen-qemu-system-i386 {top}{QEMU}",
        f"file {QEMU} {here}/image/twin-wrapper 755",
        "file /usr/lib/xen-4.17/share/qemu/keymaps/en-us /usr/share/qemu/keymaps/en-us 644",
    ], os.path.join(build_dir(), "images", "qemu.cpio"))


def test_screen_and_keys(machine_of):
    """The kernel's text console is seen as it is written, and hears the keys; the QEMU goes with the guest."""
    dom0 = machine_of("screen", overlays=[overlay()])
    dom0.create("seen", "vfb=['vnc=1']", 'extra="console=tty0 console=hvc0 hostname=seen mark=mseen"', "memory=128")
    guest = dom0.shell("seen")
    host, port = dom0.must("vncviewer -p seen").strip().split(":")
    assert host == "127.0.0.1" and int(port) >= 5900
    screen = Screen(dom0, port, b"seen")
    assert (screen.width, screen.height) == (800, 600)
    screen.look(all_of_it=True)
    boot = screen.cells()
    assert len(boot) > 200, len(boot)                   # what the kernel said, line upon line
    # A clean page with six letters in the corner, and no cursor.
    guest.run("dmesg -n 1; printf '\\033[?25l\\033[2J\\033[Hscreen' > /dev/tty0")
    letters = {(column, 0) for column in range(6)}
    dom0.machine.until(lambda: screen.look() or screen.cells() == letters, 60, "six letters on the screen")
    guest.run("head -n 1 /dev/tty0 > /tmp/typed & true")
    screen.press("ok by keys\n")
    guest.run("until [ -s /tmp/typed ]; do usleep 20000; done")
    assert guest.run("cat /tmp/typed")[0] == "ok by keys\n"
    screen.leave()
    guest.leave()
    # xend's end does not matter to it, its own end is said, and the guest goes on.
    dom0.kill("xend")
    dom0.check("/usr/sbin/xend")
    Screen(dom0, port, b"seen").leave()
    dom0.check("kill -9 $(cat /run/xend/qemu/*.pid)")
    dom0.check("until grep -q 'the QEMU of its framebuffer has ended' /var/log/xend/xend.log; do usleep 50000; done")
    assert "seen" in dom0.list()
    dom0.must("destroy seen")
    assert dom0.check("ls /run/xend/qemu") == ""
    assert dom0.check("xenstore-ls -f /local/domain/0 | grep -E 'backend/v(fb|kbd)/[0-9]'; true") == ""


def test_two_at_once(machine_of):
    """Each has a port of its own; one that is taken, or a QEMU that cannot start, is said in one sentence."""
    dom0 = machine_of("screens", overlays=[overlay()])
    for name in ("one", "two"):
        dom0.tiny(name, "", "'vfb=[\"vnc=1\"]'")
    assert dom0.must("vncviewer -p one") != dom0.must("vncviewer -p two")
    r = dom0.xm("create -q /etc/xen/tiny.cfg name=three 'vfb=[\"vnc=1,vncdisplay=0\"]'")
    assert r.rc == 1 and r.out.count("\n") == 1 and "vfb" in r.out, r
    r = dom0.xm("create -q /etc/xen/tiny.cfg name=four 'vfb=[\"vnc=1,vncpasswd=secret\"]'")
    assert r.rc == 1 and r.out.count("\n") == 1 and "password" in r.out.lower() and "secret" not in r.out, r
    assert set(dom0.list()) == {"Domain-0", "one", "two"}
