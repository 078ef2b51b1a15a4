# SPDX-License-Identifier: GPL-2.0-only
"""xm's own ways: consoles that are left, a dry run, variables, names, waiting for all."""

import json
import re

import pytest

pytestmark = pytest.mark.tools("ours")


def test_create_with_console(dom0):
    """The console is there from the guest's first word, Ctrl-] leaves it, the guest goes on."""
    console = dom0.machine.spawn("xm create -c /etc/xen/demo.cfg name=talk", pty=True)
    console.expect(rb"Started domain talk \(id=\d+\)", 60)
    console.expect(rb"Linux version 6\.\d+", 60)
    console.expect(rb"guest# ", 120)
    console.send("\x1d")
    assert console.wait(30) == 0
    assert "talk" in dom0.list()


def test_console_of_a_pipe(dom0):
    """Standard input is no terminal; its end does not end the console, the guest's end does."""
    dom0.create("pipe")
    dom0.shell("pipe").leave()
    r = dom0.run("printf 'echo $((6*7))-here; poweroff\\n' | timeout 60 xm console pipe", 90)
    assert r.rc == 0 and "42-here" in r.out and "guest: poweroff" in r.out


def test_dry_run_starts_nothing(dom0):
    text = dom0.must("create -q -n /etc/xen/demo.cfg name=dry memory=192")
    assert re.search(r'^name +\= "dry"$', text, re.M) and re.search(r"^memory +\= 192$", text, re.M)
    assert set(dom0.list()) == {"Domain-0"}
    config = json.loads(dom0.must("create -n --json /etc/xen/demo.cfg name=dry"))
    assert config["name"] == "dry" and config["memory_mib"] == 160
    # what it printed is a configuration, in both forms
    dom0.check("cat > /tmp/dry.cfg", input=text)
    assert "dry" in dom0.must("create -n /tmp/dry.cfg")
    dom0.check("cat > /tmp/dry.json", input=json.dumps(config))
    assert "dry" in dom0.must("create -n /tmp/dry.json")


def test_variables_and_warning(dom0):
    dom0.check("cat > /tmp/var.cfg", input='n = 1\nname = "v%d" % n\nbase = "/boot/guest"\n'
               'kernel = base + "/vmlinuz"\nramdisk = base + "/initrd"\nmemory = "128"\nhap = 1\n')
    out = dom0.must("create /tmp/var.cfg n=7")
    assert re.search(r'^Using config file "/tmp/var.cfg"\.$', out, re.M)
    assert "Warning: keys without effect: hap (/tmp/var.cfg:7)\n" in out
    domid = int(re.search(r"^Started domain v7 \(id=(\d+)\)$", out, re.M).group(1))
    assert dom0.must("domid v7") == f"{domid}\n" and dom0.must(f"domname {domid}") == "v7\n"
    dom0.must("rename v7 renamed")
    assert dom0.list()["renamed"].domid == domid
    assert dom0.xm("domid v7").rc == 3
    assert dom0.must("domstate renamed") in ("running\n", "idle\n")
    assert "(name renamed)" in dom0.must("list -l renamed")
    assert json.loads(dom0.must("list --json renamed"))[0]["domid"] == domid


def test_shutdown_all_waited_for(dom0):
    for name in ("a1", "a2"):
        dom0.create(name, "memory=128")
        dom0.shell(name).leave()
    dom0.must("shutdown -a -w", 180)
    assert set(dom0.list()) == {"Domain-0"}


def test_reboot_waited_for(dom0):
    dom0.create("again")
    first = dom0.list()["again"].domid
    dom0.shell("again").leave()
    dom0.must("reboot -w again", 180)
    assert dom0.list()["again"].domid > first


def test_columns(dom0):
    dom0.create("cols", "vcpus=2")
    assert re.search(r"^cols +\d+ +0 +[01] +[-r][-b]- +\d+\.\d (any cpu|[-0-9,]+)$",
                     dom0.must("vcpu-list"), re.M)
    assert re.search(r"^cols +\d+ +0:00:\d\d$", dom0.must("uptime"), re.M)
    info = dict(re.findall(r"^(\w+) +: (.*)$", dom0.must("info"), re.M))
    assert int(info["nr_cpus"]) > 0 and int(info["total_memory"]) > int(info["free_memory"]) > 0
    assert (int(info["xen_major"]), int(info["xen_minor"])) == (4, 17)
    assert "(XEN)" in dom0.must("dmesg")
