# SPDX-License-Identifier: GPL-2.0-only
"""Networks that cannot be, guests that lie, scripts that fail: what is said, and that nothing is left."""

import json

import pytest

pytestmark = [pytest.mark.tools("ours"), pytest.mark.xen_long]


@pytest.fixture
def bridge(dom0):
    before = dom0.check("ls /sys/class/net")
    dom0.check("modprobe bridge; brctl addbr br7")
    yield
    dom0.clean()
    dom0.check("brctl delbr br7; rm -rf /tmp/net.*")
    after = dom0.check("ls /sys/class/net")
    assert set(after.split()) - {"xenbr0"} == set(before.split()) - {"xenbr0"}
    assert dom0.check("xenstore-ls -f /local/domain/0 | grep -E 'backend/vif/[0-9]'; true") == ""


@pytest.mark.parametrize("vif,words", [
    ("bridge=nosuch", ["there is no bridge nosuch", "No such device"]),
    ("bridge=lo", ["lo is an interface, but no bridge"]),
    ("bridge=br7,vifname=br7", ["br7", "File exists"]),
    ("mac=00:16:3e:1", ["mac '00:16:3e:1'"]),
    ("mac=01:16:3e:00:00:01", ["mac '01:16:3e:00:00:01'"]),
    ("script=/nosuch", ["cannot run /nosuch", "No such file or directory"]),
    ("script=vif-route", ["needs an ip="]),
    ("gatewaydev=nosuch,ip=10.0.0.1", ["nosuch", "No such device"]),
    ("ip=300.1.1.1", ["ip '300.1.1.1'"]),
    ("rate=fast", ["rate 'fast'"]),
    ("colour=blue", ["unknown key 'colour'"]),
    ("backend=other", ["backend 'other'"]),
    ("bridge=br7,mtu=65535", ["mtu 65535", "Invalid argument"]),
])
def test_refused(dom0, bridge, vif, words):
    for command in (f"create -q /etc/xen/tiny.cfg name=bad 'vif=[\"{vif}\"]'",):
        r = dom0.xm(command)
        assert r.rc == 1 and r.out.startswith("Error: ") and r.out.count("\n") == 1, r
        for word in ["bad", *words]:
            assert word in r.out, r
    assert set(dom0.list()) == {"Domain-0"}


def test_live(dom0, bridge):
    """The same of a domain that runs; it does not mind."""
    dom0.tiny("live", "", "'vif=[\"bridge=br7,mac=00:16:3e:00:00:01,vifname=one\"]'")
    for spec, word in (("bridge=nosuch", "no bridge nosuch"), ("bridge=br7 vifname=one", "File exists"),
                       ("devid=0", "already"), ("mac=1", "mac '1'")):
        r = dom0.xm(f"network-attach live {spec}")
        assert r.rc == 1 and word in r.out, r
    for name in ("5", "two", "00:16:3e:00:00:02"):
        r = dom0.xm(f"network-detach live {name}")
        assert r.rc == 1 and "has no vif" in r.out, r
    assert len(json.loads(dom0.must("network-list --json live"))) == 1
    # A frontend that never answered keeps it, unless by force.
    r = dom0.xm("network-detach live one")
    assert r.rc == 1 and "still uses" in r.out, r
    dom0.must("network-detach -f live one")
    assert dom0.must("network-list live") == ""


@pytest.mark.parametrize("nodes", [
    {"tx-ring-ref": "4294967295", "rx-ring-ref": "x", "event-channel": "9999", "request-rx-copy": "1", "state": "4"},
    {"multi-queue-num-queues": "1000", "state": "4"},
    {"state": "-1"}, {"state": "77777777777777777777"}, {"mac": "x" * 1000, "handle": "-", "backend": "/local"},
    {"state": "6"},
])
def test_hostile_frontend(dom0, bridge, nodes):
    """Whatever is in the guest's own nodes: the list is printed, the device can be taken, the domain go."""
    dom0.tiny("liar", "", "'vif=[\"bridge=br7\"]'")
    front = f"/local/domain/{dom0.list()['liar'].domid}/device/vif/0"
    dom0.check("; ".join(f"xenstore-write -- {front}/{k} '{v}'" for k, v in nodes.items()))
    dom0.must("network-list liar")
    dom0.must("network-list --json liar")
    dom0.must("network-detach -f liar 0")
    dom0.must("network-attach liar bridge=br7")
    dom0.check(f"xenstore-rm {front}")
    dom0.must("destroy liar")


def test_script_fails(dom0, bridge):
    dom0.check("printf '#!/bin/sh\\n[ $1 = offline ] || { echo \"no luck today\" >&2; exit 3; }\\n' > /tmp/net.sh; "
               "chmod +x /tmp/net.sh")
    r = dom0.xm("create -q /etc/xen/tiny.cfg name=bad 'vif=[\"script=/tmp/net.sh\"]'")
    assert r.rc == 1 and "/tmp/net.sh says: no luck today" in r.out, r
    dom0.check("printf '#!/bin/sh\\n[ $1 = offline ] || { xenstore-write $XENBUS_PATH/hotplug-error \"told the "
               "store\" $XENBUS_PATH/hotplug-status error; }\\n' > /tmp/net.sh")
    r = dom0.xm("create -q /etc/xen/tiny.cfg name=bad 'vif=[\"script=/tmp/net.sh\"]'")
    assert r.rc == 1 and "/tmp/net.sh says: told the store" in r.out, r


def test_killed_while_attaching(dom0, bridge):
    """kill -9 of xend while a script runs: the next one takes the half of it away."""
    dom0.check("printf '#!/bin/sh\\necho $1 >> /tmp/net.log\\n[ $1 = offline ] || sleep 600\\n' > /tmp/net.sh; "
               "chmod +x /tmp/net.sh")
    dom0.tiny("half")
    attach = dom0.machine.spawn("xm network-attach half script=/tmp/net.sh")
    dom0.check("until [ -s /tmp/net.log ]; do usleep 20000; done")
    dom0.kill("xend")
    attach.wait()
    assert attach.rc == 1
    dom0.check("/usr/sbin/xend; until grep -q offline /tmp/net.log; do usleep 20000; done; killall sleep; true")
    dom0.check("while [ -n \"$(xm network-list half)\" ]; do usleep 100000; done")
    dom0.must("network-attach half bridge=br7")


def test_administrators_bridge(dom0, bridge):
    """One that is called as ours would be is not touched, and said."""
    dom0.kill("xend", "TERM")
    dom0.check("brctl addbr xenbr0; /usr/sbin/xend")
    r = dom0.xm("create -q /etc/xen/tiny.cfg name=bad 'vif=[\"\"]'")
    assert r.rc == 1 and "that xend did not make" in r.out, r
    dom0.kill("xend", "TERM")
    assert "xenbr0" in dom0.check("ls /sys/class/net")
    dom0.check("brctl delbr xenbr0; /usr/sbin/xend")
