# SPDX-License-Identifier: GPL-2.0-only
"""A guest with four vcpus, a disk, a network, consoles and a channel is saved and comes back: all of them go on."""

import re

import pytest

pytestmark = [pytest.mark.tools("ours"), pytest.mark.hv("ours")]

SOCKET = "/run/put.sock"
SUM = re.compile(r"\b[0-9a-f]{32}\b")


def must(guest, command):
    """What the command prints, and perhaps what the guest's kernel and shell say meanwhile."""
    out, rc = guest.run(command)
    assert rc == 0, f"{command}: {out}"
    return out


def address(guest):
    out = must(guest, "until ip -4 addr show dev eth0 | grep inet; do usleep 100000; done")
    return re.search(r"inet ([0-9.]+)/", out).group(1)


def echoes(guest):
    """Gives back what comes by the channel. Linux hangs its end up at a restore: it is opened again."""
    must(guest, "{ (stty raw -echo; exec cat) < /dev/hvc2 > /dev/hvc2 & }")


def answers(dom0, guest, ip):
    """By the network, both ways; by the channel; by the second console."""
    # its frontend connects anew, and tells the bridge where it is
    dom0.check(f"n=0; until ping -c 1 -W 1 {ip}; do n=$((n+1)); [ $n -lt 60 ] || exit 1; done")
    must(guest, "ping -c 1 -W 10 192.168.127.1")
    assert dom0.check(f"echo word | poke {SOCKET} ask 5") == "word\n"
    second = dom0.console("put", "-n 1")
    must(guest, "echo by the second > /dev/hvc1")
    second.expect(rb"by the second", 20)
    second.hangup()


def test_all_of_it_comes_back(dom0):
    dom0.check("head -c 4194304 /dev/zero > /root/put.img")
    dom0.create("put", "vcpus=4", "memory=160", "disk=['/root/put.img,raw,xvda,rw']", "vif=['']", 'serial="pty"',
                f'channel=["name=org.example.agent,connection=socket,path={SOCKET}"]')
    guest = dom0.shell("put")
    ip = address(guest)
    echoes(guest)
    answers(dom0, guest, ip)
    # the guest writes to the disk all the time
    must(guest, "dmesg -n 1; httpd -h /tmp; dd if=/dev/urandom of=/tmp/noise bs=64k count=16 2> /dev/null; "
                "dd if=/tmp/noise of=/dev/xvda bs=64k 2> /dev/null; sync; echo said $((40 + 2)) before > /dev/hvc0")
    must(guest, "{ while :; do dd if=/tmp/noise of=/dev/xvda bs=64k seek=16 count=16 conv=fsync 2> /dev/null; "
                "done & }; echo $! > /tmp/pid")
    guest.leave()

    for options in ("-z", "-c"):
        dom0.must(f"save {options} put /root/put.xi")
        if options != "-c":
            dom0.must("restore /root/put.xi")
            assert "said 42 before" not in dom0.check("printf '\\035' | xm console -q put")
        guest = dom0.shell_again("put")
        if options != "-c":
            echoes(guest)
        answers(dom0, guest, ip)
        assert re.search(r"^4$", must(guest, "nproc"), re.M)
        sums = SUM.findall(must(guest, "kill -0 $(cat /tmp/pid) && md5sum < /tmp/noise; head -c 1048576 /dev/xvda | "
                                       "md5sum"))
        sums += SUM.findall(dom0.check(f"wget -q -O - http://{ip}/noise | md5sum"))
        assert sums == [sums[0]] * 3
        guest.leave()
    # from outside of the guest, when it has come to rest
    guest = dom0.shell_again("put")
    must(guest, "kill $(cat /tmp/pid); sync; dd if=/tmp/noise of=/dev/xvda bs=64k seek=32 conv=fsync 2> /dev/null")
    assert SUM.findall(dom0.check("for i in 0 1 2; do dd if=/root/put.img bs=1M skip=$i count=1 2> /dev/null | "
                                  "md5sum; done")) == sums
    # its log goes on, and has all
    assert "said 42 before" in dom0.check("cat /var/log/xend/console/put.log")
    guest.leave()
    dom0.check("rm -f /root/put.*")
