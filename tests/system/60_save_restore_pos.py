# SPDX-License-Identifier: GPL-2.0-only
"""A guest with four vcpus and a disk is saved, restored, checkpointed; and what fails leaves it running."""

import json
import re

import pytest

pytestmark = pytest.mark.tools("ours")


def ask(dom0, name, command, answer):
    """A command in the guest and what it must print, beside what its kernel says."""
    guest = dom0.shell_again(name)
    out, rc = guest.run(command)
    assert (re.sub(r"\[ *[0-9.]+\] [^\n]*\n", "", out), rc) == (answer, 0)
    guest.leave()


def start(dom0):
    dom0.check("head -c 4194304 /dev/zero > /root/save.img")
    dom0.create("s", "vcpus=4", "memory=128", "disk=['/root/save.img,raw,xvda,rw']")
    guest = dom0.shell_again("s")
    assert guest.run("dmesg -n 1; echo kept > /tmp/word; dd if=/tmp/word of=/dev/xvda 2> /dev/null; sync") == ("", 0)
    guest.leave()


def test_save_and_restore(dom0):
    start(dom0)
    saved = json.loads(dom0.must("save --json s /root/s.xi"))
    assert saved["worker_rss_kib"] < 32 << 10 and saved["zero_pages"] > 1000
    assert "s" not in dom0.list()
    assert "All check sums are right" in dom0.must("image-info /root/s.xi")
    dom0.must("restore /root/s.xi")
    ask(dom0, "s", "cat /tmp/word; head -c 5 /dev/xvda; nproc", "kept\nkept\n4\n")

    dom0.check("xm save -c s - > /root/c.xi")
    assert dom0.list()["s"].state[3] == "-"
    ask(dom0, "s", "cat /tmp/word; head -c 5 /dev/xvda", "kept\nkept\n")
    dom0.must("save -p s /root/c.xi")
    assert dom0.list()["s"].state[2] == "p"
    dom0.must("unpause s")
    dom0.must("save -z s /root/z.xi")
    dom0.check("cat /root/z.xi | xm restore -p -")
    assert dom0.list()["s"].state[2] == "p"
    dom0.must("unpause s")
    ask(dom0, "s", "cat /tmp/word", "kept\n")

    full = dom0.xm("save s /dev/full")
    assert full.rc == 1 and "no regular file" in full.out
    no_room = dom0.run("mkdir -p /tmp/small && mount -t tmpfs -o size=8m small /tmp/small && "
                       "echo old > /tmp/small/s.xi && xm save s /tmp/small/s.xi")
    assert no_room.rc == 1 and "No space left" in no_room.out and "goes on" in no_room.out
    assert dom0.check("ls /tmp/small; cat /tmp/small/s.xi") == "s.xi\nold\n"
    ask(dom0, "s", "cat /tmp/word", "kept\n")

    dom0.must("destroy s")
    dom0.check("head -c 20000000 /root/c.xi > /root/half.xi")
    half = dom0.xm("restore /root/half.xi")
    assert half.rc == 1 and "truncated" in half.out and "PAGE_DATA" in half.out
    dom0.check("printf x | dd of=/root/c.xi bs=1 seek=30000000 conv=notrunc 2> /dev/null")
    for command in ("restore", "image-info"):
        wrong = dom0.xm(f"{command} /root/c.xi")
        assert wrong.rc == 1 and "check sum" in wrong.out and "PAGE_DATA" in wrong.out
    assert set(dom0.list()) == {"Domain-0"}
    dom0.check("umount /tmp/small; rm -f /root/*.xi /root/save.img")
