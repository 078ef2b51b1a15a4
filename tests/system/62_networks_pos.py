# SPDX-License-Identifier: GPL-2.0-only
"""Networks of guests: addresses, names, other guests, the outside; attached, guarded, routed."""

import functools
import http.server
import json
import re
import threading

import pytest

from rounds import rounds

pytestmark = pytest.mark.tools("ours")

NOISE = "dd if=/dev/urandom of=/tmp/noise bs=64k count=16 2>/dev/null"
MD5 = re.compile(r"\b[0-9a-f]{32}\b")


def links(dom0):
    return set(dom0.check("ls /sys/class/net").split())


def rules(dom0):
    """Chains of guards, and what is masqueraded; xenbr0 is, as long as there is our network."""
    text = dom0.check("nft list ruleset 2>/dev/null; true")
    inside = re.search(r"elements = { (.*?) }", text, re.S)
    return re.findall(r"chain (vif-\S+)", text), inside.group(1) if inside else ""


@pytest.fixture
def quiet(dom0):
    """Afterwards nothing is left of any interface."""
    before = links(dom0) - {"xenbr0", "eth0"}
    yield
    dom0.clean()
    dom0.check("ip link del br7 2>/dev/null; ip link del d7 2>/dev/null; rm -rf /tmp/net.*; true")
    assert links(dom0) - {"xenbr0", "eth0"} == before
    assert rules(dom0)[0] == [] and "vif" not in rules(dom0)[1]
    assert dom0.check("ls /run/xen/network/hosts 2>/dev/null; true") == ""
    assert dom0.check("ip route | grep -F ' vif'; true") == ""
    assert dom0.check("xenstore-ls -f /local/domain/0 | grep -E 'backend/vif/[0-9]'; true") == ""


def wait_address(guest, family, there, pattern):
    """Waits until the shell command `there` has seen it in what ip says."""
    show = f"ip -{family} addr show dev eth0"
    out, _ = guest.run(f"n=0; until {show} | {there}; do n=$((n+1)); "
                       f"[ $n -lt 600 ] || break; usleep 100000; done; {show}", 90)
    m = re.search(pattern, out)
    assert m, out
    return m.group(1)


def address(guest):
    """The one that DHCP gave."""
    return wait_address(guest, 4, "grep -q inet", r"inet ([0-9.]+)/")


@pytest.fixture
def service():
    """A file that this host serves to QEMU's network."""
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"from the outside\n")

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler)) as s:
        threading.Thread(target=s.serve_forever, daemon=True).start()
        yield s.server_address[1]
        s.shutdown()


def served(guest):
    """The sum of a file that the guest serves from now on."""
    out, _ = guest.run(f"mkdir -p /tmp/www; {NOISE}; mv /tmp/noise /tmp/www; httpd -h /tmp/www; "
                       "md5sum < /tmp/www/noise")
    return MD5.search(out).group()


def test_each_other_and_the_outside(dom0, quiet, service):
    """Two guests with vif=['']: an address by DHCP, names, a file over HTTP, and the host behind us."""
    dom0.check("[ -e /sys/class/net/eth0 ] || outside")
    dom0.create("web", "vif=['']")
    dom0.create("db", "vif=['']")
    web, db = dom0.shell("web"), dom0.shell("db")
    ip = address(web)
    address(db)
    md5 = served(web)
    for name in ("dom0", "web", "web.xen"):
        assert db.run(f"ping -c 1 -W 10 {name}")[1] == 0, name
    assert MD5.search(db.run("wget -q -O - http://web/noise | md5sum")[0]).group() == md5
    assert MD5.search(dom0.check(f"wget -q -O - http://{ip}/noise | md5sum")).group() == md5
    # By IPv6, too, with the same names; there is no way out.
    ip6 = address6(web)
    address6(db)
    for name in ("dom0", ip6, "web"):
        assert db.run(f"(n=0; until ping -6 -c 1 -W 1 {name}; do n=$((n+1)); [ $n -lt 20 ] || exit 1; done)",
                      60)[1] == 0, name
    dom0.check(f"ping -6 -c 1 -W 10 {ip6}")
    assert "default" not in web.run("ip -6 route")[0]
    dom0.check("mkdir -p /tmp/net.www; cp /etc/xen/demo.cfg /tmp/net.www; httpd -p 8080 -h /tmp/net.www")
    got = db.run("wget -q -O - http://dom0:8080/demo.cfg | md5sum")[0]
    assert MD5.search(got).group() == MD5.search(dom0.check("md5sum < /etc/xen/demo.cfg")).group()
    dom0.check("killall httpd")
    assert "from the outside" in web.run(f"wget -q -O - http://10.0.2.2:{service}/")[0]
    # The address is not another guest's to take, nor is the server of addresses.
    mac = json.loads(dom0.must("network-list --json db"))[0]["mac"]
    assert re.fullmatch(r"00:16:3e(:[0-9a-f]{2}){3}", mac)
    pings = "awk '/^Icmp:/ { n = $0 } END { print n }' /proc/net/snmp"
    before = dom0.check(pings)
    db.run("ip link set eth0 down; ip link set eth0 address 00:16:3e:77:77:77; ip link set eth0 up")
    assert db.run("ping -c 2 -W 1 192.168.127.1")[1] != 0
    assert dom0.check(pings) == before
    db.run(f"ip link set eth0 down; ip link set eth0 address {mac}; ip link set eth0 up")
    assert db.run("ping -c 1 -W 10 192.168.127.1")[1] == 0
    web.leave()
    db.leave()


def address6(guest):
    """The one that the guest made of the prefix that it was told."""
    return wait_address(guest, 6, "grep 'inet6 fd' | grep -qv tentative", r"inet6 (fd[0-9a-f:]+)/64")


def up(guest, dev, ip):
    guest.run(f"until [ -e /sys/class/net/{dev} ]; do usleep 20000; done; ip link set {dev} up; "
              f"ip addr add {ip} dev {dev}")


def gone(guest, dev):
    guest.run(f"while [ -e /sys/class/net/{dev} ]; do usleep 20000; done")


@pytest.mark.hv("ours")
def test_attached_in_each_way(dom0, quiet, service):
    """One guest: bridged with all settings, guarded by ip=, routed, masqueraded; each live."""
    dom0.check("[ -e /sys/class/net/eth0 ] || outside; modprobe bridge; brctl addbr br7; "
               "ip addr add 10.7.0.1/24 dev br7; ip link set br7 up")
    dom0.create("hot")
    guest = dom0.shell("hot")
    guest.run("modprobe xen-netfront")

    dom0.must("network-attach hot mac=00:16:3E:00:00:07 bridge=br7 vifname=seven mtu=1400 rate=4Mb/s")
    up(guest, "eth0", "10.7.0.7/24")
    assert guest.run("ping -c 1 -W 10 10.7.0.1")[1] == 0
    assert dom0.check("cat /sys/class/net/seven/mtu; ls /sys/class/net/br7/brif") == "1400\nseven\n"
    back = json.loads(dom0.must("network-list --json hot"))[0]["backend"]
    assert dom0.check(f"xenstore-read {back}/rate").strip() == "25000,50000"
    # 1 MiB at 500000 bytes a second, of which the first 128 KiB may go at once.
    md5 = served(guest)
    sums = dom0.check("cat /proc/uptime; wget -q -O - http://10.7.0.7/noise | md5sum; cat /proc/uptime")
    start, end = (float(line.split()[0]) for line in (sums.splitlines()[0], sums.splitlines()[-1]))
    assert MD5.search(sums).group() == md5 and end - start > 1.5, sums
    head, row = dom0.must("network-list hot").splitlines()
    assert head.split() == ["Idx", "BE", "MAC", "Addr.", "handle", "state", "evt-ch", "tx-/rx-ring-ref", "BE-path"]
    assert row.split()[:5] == ["0", "0", "00:16:3e:00:00:07", "0", "4"] and row.split()[-1] == back
    dom0.must("network-detach hot 00:16:3e:00:00:07")
    gone(guest, "eth0")
    assert dom0.must("network-list hot") == "" and "seven" not in links(dom0)

    # Guarded: what it says of itself has to be true.
    dom0.must("network-attach hot bridge=br7 ip=10.7.0.8")
    up(guest, "eth0", "10.7.0.8/24")
    assert guest.run("ping -c 1 -W 10 10.7.0.1")[1] == 0
    assert len(rules(dom0)[0]) == 1
    mac = dom0.check("cat /sys/class/net/br7/address").strip()
    pings = "awk '/^Icmp:/ { n = $0 } END { print n }' /proc/net/snmp"
    before = dom0.check(pings)
    guest.run("ip addr flush dev eth0; ip addr add 10.7.0.9/24 dev eth0")
    assert guest.run("ping -c 2 -W 1 10.7.0.1")[1] != 0                 # nobody is asked for an address
    guest.run(f"ip neigh replace 10.7.0.1 lladdr {mac} dev eth0 nud permanent")
    assert guest.run("ping -c 2 -W 1 10.7.0.1")[1] != 0                 # nor gets a packet
    assert dom0.check(pings) == before
    dom0.must("network-detach hot 0")
    gone(guest, "eth0")
    assert rules(dom0)[0] == []

    # Routed: the bridge has no part in it; others see it through proxy ARP.
    dom0.must("network-attach hot script=vif-route ip=10.8.0.2")
    vif = (links(dom0) - {"br7", "xenbr0", "eth0", "lo"}).pop()
    assert f"10.8.0.2 dev {vif}" in dom0.check("ip route")
    up(guest, "eth0", "10.8.0.2/32")
    guest.run("ip route add default dev eth0")
    assert guest.run("ping -c 1 -W 10 10.7.0.1")[1] == 0
    dom0.must("network-detach hot 0")
    gone(guest, "eth0")

    # Masqueraded: the outside takes it for domain 0.
    dom0.must("network-attach hot script=vif-nat ip=10.8.0.3")
    assert vif in rules(dom0)[1]
    up(guest, "eth0", "10.8.0.3/32")
    guest.run("ip route add default dev eth0")
    assert "from the outside" in guest.run(f"wget -q -O - http://10.0.2.2:{service}/")[0]
    dom0.must("network-detach hot 0")
    assert vif not in rules(dom0)[1]
    guest.leave()


SCRIPT = """#!/bin/sh
echo "$1 $2 $XENBUS_TYPE $XENBUS_PATH $vif $script" >> /tmp/net.log
[ ! -e /tmp/net.hang ] || sleep 600
case $1 in
online)
	ip link set $vif master $(xenstore-read $XENBUS_PATH/bridge) && ip link set $vif up
	xenstore-write $XENBUS_PATH/hotplug-status connected;;
esac
"""


@pytest.mark.xen_long
def test_classic_script(dom0, quiet):
    dom0.check("modprobe bridge; brctl addbr br7; cat > /tmp/net.sh; chmod +x /tmp/net.sh", input=SCRIPT)
    dom0.tiny("old", "", "'vif=[\"script=/tmp/net.sh,bridge=br7\"]'")
    domid = dom0.list()["old"].domid
    assert f"vif{domid}.0" in dom0.check("ls /sys/class/net/br7/brif")
    dom0.must("network-detach -f old 0")
    back = f"/local/domain/0/backend/vif/{domid}/0"
    assert dom0.check("cat /tmp/net.log") == "".join(
        f"{action} type_if=vif vif {back} vif{domid}.0 /tmp/net.sh\n" for action in ("online", "offline"))


@pytest.mark.xen_long
def test_many_rounds(dom0, quiet):
    """20 rounds leave nothing: no interface, rule, node, file or memory of xend's."""
    dom0.tiny("rounds")
    rounds(dom0, "xm network-attach rounds && xm network-detach -f rounds 0", 20)
    assert dom0.must("network-list rounds") == ""


@pytest.mark.xen_long
def test_kept_over_xend(dom0, quiet):
    """An end of xend, by force and orderly: interfaces stay, and the network as long as there are some."""
    dom0.tiny("kept", "", "'vif=[\"\"]'")
    dom0.must("network-attach kept vifname=second")
    dom0.kill("xend")
    dom0.check("/usr/sbin/xend")
    assert [d["status"] for d in json.loads(dom0.must("network-list --json kept"))] == ["ready"] * 2
    assert len(dom0.check("ls /run/xen/network/hosts").split()) == 2
    dom0.must("network-detach -f kept second")
    dom0.kill("xend", "TERM")
    assert "xenbr0" in links(dom0)
    dom0.check("/usr/sbin/xend")
    dom0.must("destroy kept")
    forward = dom0.check("cat /proc/sys/net/ipv4/ip_forward")
    dom0.kill("xend", "TERM")
    assert "xenbr0" not in links(dom0) and dom0.run("pidof dnsmasq").rc == 1
    assert dom0.check("nft list ruleset") == "" and forward == "1\n"
    dom0.check("/usr/sbin/xend")
    dom0.tiny("again", "", "'vif=[\"\"]'")
    assert "xenbr0" in links(dom0)
