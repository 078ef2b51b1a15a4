# SPDX-License-Identifier: GPL-2.0-only
"""The ways to create a domain, and what each prints."""

import json

import pytest

pytestmark = [pytest.mark.tools("ours"), pytest.mark.hv("ours")]


def test_what_it_prints(dom0):
    r = dom0.must("create /etc/xen/tiny.cfg")
    domid = dom0.list()["tiny"].domid
    assert r == f'Using config file "/etc/xen/tiny.cfg".\nStarted domain tiny (id={domid})\n'
    assert dom0.must("create -q /etc/xen/tiny.cfg name=quiet") == ""
    out = json.loads(dom0.must("create --json /etc/xen/tiny.cfg name=machine"))
    assert out["name"] == "machine" and out["domid"] == dom0.list()["machine"].domid


def test_found_in_etc_xen(dom0):
    assert 'Using config file "/etc/xen/tiny.cfg".' in dom0.must("create tiny.cfg")
    assert 'Using config file "tiny.cfg".' in dom0.check("cd /etc/xen && xm create -n tiny.cfg name=other")
    assert "Started domain two " in dom0.must("create -f tiny.cfg name=two")


def test_paused(dom0):
    dom0.tiny("later", options="-p")
    assert dom0.list()["later"].state == "--p---"
    assert dom0.check("ls /var/log/xend/console/later.log")
    assert "is up" not in dom0.check("cat /var/log/xend/console/later.log")
    dom0.must("unpause later")
    dom0.says("later", "later is up")


def test_console_from_the_first_word(dom0):
    console = dom0.machine.spawn("xm create -c /etc/xen/tiny.cfg name=talker", pty=True)
    console.expect(rb"Started domain talker.*TAP version.*talker is up", 30)
    console.send("hello\r")
    console.expect(rb"typed hello", 20)
    console.send("\x1d")
    assert console.wait(20) == 0
    assert "talker" in dom0.list()
    # And one whose domain ends: so does the console.
    console = dom0.machine.spawn("xm create -c /etc/xen/tiny.cfg name=short extra=poweroff", pty=True)
    console.expect(rb"short is up", 30)
    assert console.wait(20) == 0
    assert "short" not in dom0.list()


def test_dry_run(dom0):
    out = dom0.must("create -n /etc/xen/tiny.cfg name=never memory=77 vcpus=2")
    assert 'name        = "never"\n' in out and "memory      = 77\n" in out
    config = json.loads(dom0.must("create -n --json /etc/xen/tiny.cfg name=never memory=77"))
    assert config["name"] == "never" and config["memory_mib"] == 77
    assert "never" not in dom0.list()
    # What it prints is a configuration again.
    dom0.check("xm create -qn /etc/xen/tiny.cfg name=again memory=24 > /tmp/again.cfg")
    dom0.must("create -q /tmp/again.cfg")
    assert dom0.list()["again"].mem == 24


def test_variables(dom0):
    text = """# classic style
base = 'var'
number = 3
name = "%s-%d" % (base, number)
kernel = "/boot/guest/" + "tiny"
memory = number * 8; vcpus = 2
disk = [ ]
extra = "a b"
"""
    dom0.check("cat > /tmp/var.cfg", input=text)
    dom0.must("create -q /tmp/var.cfg")
    dom0.must("create -q /tmp/var.cfg name=other vcpus=1")
    rows = dom0.list()
    assert rows["var-3"].mem == rows["other"].mem == 24
    for name, vcpus in (("var-3", 2), ("other", 1)):      # the list counts those that are up
        assert len(json.loads(dom0.must(f"vcpu-list --json {name}"))[0]["vcpus"]) == vcpus


def test_variables_from_the_command_line(dom0):
    dom0.check("cat > /tmp/given.cfg", input='name = "n%d" % vm\nkernel = "/boot/guest/tiny"\nmemory = 16\n')
    assert "Started domain n7 " in dom0.must("create /tmp/given.cfg vm=7")
    r = dom0.xm("create -q /tmp/given.cfg")
    assert r.rc == 1 and "/tmp/given.cfg:1:" in r.out and "vm" in r.out, r


def test_command_line_of_the_kernel(dom0):
    text = 'name="line"\nkernel="/boot/guest/tiny"\nmemory=16\nroot="/dev/xvda ro"\nextra="x=1 y"\n'
    dom0.check("cat > /tmp/line.cfg", input=text)
    domain = json.loads(dom0.must("create --json /tmp/line.cfg"))
    assert domain["config"]["cmdline"] == "root=/dev/xvda ro x=1 y"


def test_three_at_once(dom0):
    out = dom0.check("for n in a b c; do xm create -q /etc/xen/tiny.cfg name=p$n & done; wait")
    assert out == ""
    rows = dom0.list()
    assert set(rows) == {"Domain-0", "pa", "pb", "pc"}
    assert len({r.domid for r in rows.values()}) == 4
    for name in ("pa", "pb", "pc"):
        dom0.says(name, f"{name} is up")
    dom0.must("shutdown -a -w")
    assert set(dom0.list()) == {"Domain-0"}


def test_name_can_be_used_again(dom0):
    dom0.tiny("again")
    first = dom0.list()["again"].domid
    dom0.must("destroy again")
    dom0.tiny("again")
    assert dom0.list()["again"].domid > first
