# SPDX-License-Identifier: GPL-2.0-only
"""Domains that do not exist, daemons that do not run, and people who may not."""

import pytest

pytestmark = [pytest.mark.tools("ours"), pytest.mark.hv("ours")]

ON_A_DOMAIN = ["console", "destroy", "domid", "domname", "domstate", "list", "pause", "reboot", "shutdown",
               "shutdown -w", "unpause", "uptime", "vcpu-list", "rename nosuch other;"]


@pytest.mark.parametrize("command", ON_A_DOMAIN)
def test_unknown_domain(dom0, command):
    r = dom0.xm(command.rstrip(";") if ";" in command else f"{command} nosuch")
    assert (r.rc, r.out) == (3, "Error: Domain 'nosuch' does not exist.\n")


def test_unknown_id(dom0):
    r = dom0.xm("destroy 4711")
    assert (r.rc, r.out) == (3, "Error: Domain '4711' does not exist.\n")


@pytest.mark.parametrize("command", ["destroy", "pause", "shutdown", "console"])
def test_dom0_is_spared(dom0, command):
    r = dom0.xm(f"{command} Domain-0")
    assert r.rc == 1 and r.out.startswith("Error: ") and "omain" in r.out, r
    assert dom0.list()["Domain-0"].state == "r-----"


@pytest.mark.parametrize("args", ["", "pause", "pause a b", "list --nonsense", "frobnicate", "shutdown"])
def test_usage(dom0, args):
    r = dom0.xm(args)
    assert r.rc == 1 and "Traceback" not in r.out and r.out.strip(), r


def test_xend_not_running(dom0):
    dom0.tiny("alone")
    dom0.kill("xend", "TERM")
    try:
        for command in ("list", "create /etc/xen/tiny.cfg", "info", "destroy alone", "console alone"):
            r = dom0.xm(f"{command} 2>&1 >/dev/null")
            assert r.rc == 1, r
            assert r.out.startswith("Error: Unable to connect to xend: "), r
            assert r.out.endswith("Is xend running?\n"), r
    finally:
        dom0.check("/usr/sbin/xend")
    assert "alone" in dom0.list()


def test_xenstored_not_running(dom0):
    """xend says so, and goes on by itself when the store is back."""
    dom0.tiny("before")
    dom0.kill("xenstored", "TERM")
    try:
        assert "before" in dom0.list()
        r = dom0.xm("create -q /etc/xen/tiny.cfg name=storeless")
        assert r.rc == 1 and "storeless" in r.out and "xenstored" in r.out, r
        r = dom0.run("xenstore-ls")
        assert r.rc == 1 and "xenstore" in r.out, r
    finally:
        dom0.check("/usr/sbin/xenstored")
    dom0.machine.until(lambda: dom0.xm("create -q /etc/xen/tiny.cfg name=after").rc == 0, 20,
                       "create after the store came back")
    assert set(dom0.list()) == {"Domain-0", "before", "after"}
    dom0.must("shutdown -w before")


def test_second_daemon_is_refused(dom0):
    r = dom0.run("/usr/sbin/xend")
    assert r.rc == 1 and "xend" in r.out, r
    r = dom0.run("/usr/sbin/xenstored")
    assert r.rc == 1 and "xenstored" in r.out, r
    dom0.list()


def test_stranger(dom0):
    """Anybody may ask what the machine is; domains are root's."""
    dom0.tiny("private")
    assert "free_memory" in dom0.check("su nobody -c 'xm info'")
    assert set(dom0.parse(dom0.check("su nobody -c 'xm list'"))) == set()
    for command in ("pause private", "destroy private", "console private", "create -q /etc/xen/tiny.cfg",
                    "dmesg"):
        r = dom0.run(f"su nobody -c 'xm {command} </dev/null'")
        assert r.rc == 1 and r.out.startswith("Error: "), r
    r = dom0.run("su nobody -c 'xenstore-ls'")
    assert r.rc == 1 and "Permission denied" in r.out, r
    r = dom0.run("su nobody -c 'cat /var/log/xend/console/private.log'")
    assert r.rc != 0
    assert dom0.list()["private"].state in ("-b----", "r-----", "------")


def test_owner_has_some_rights(dom0):
    dom0.tiny("mine", "", "owner=65534")
    assert set(dom0.parse(dom0.check("su nobody -c 'xm list'"))) == {"mine"}
    dom0.check("su nobody -c 'xm pause mine && xm unpause mine && xm shutdown -w mine'")
    assert "mine" not in dom0.list()


def test_socket_that_may_not_be_opened(dom0):
    dom0.check("mkdir -p /tmp/closed && chmod 700 /tmp/closed")
    r = dom0.run("XEND_SOCKET=/tmp/closed/sock su -m nobody -c 'xm list'")
    assert (r.rc, r.out) == (1, "Error: Most commands need root access. Please try again as root.\n")
    r = dom0.run("XEND_SOCKET=/etc/passwd xm list")
    assert r.rc == 1 and "Unable to connect to xend" in r.out, r
