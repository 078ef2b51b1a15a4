# SPDX-License-Identifier: GPL-2.0-only
"""Guests that move to this very host, by every way, while they write; what is cancelled and refused; and the packaged
Xen, which only moves what has stopped."""

import json
import os
import subprocess

import pytest

from writer import Writer

pytestmark = [pytest.mark.tools("ours"), pytest.mark.xen_long]

XEND = "/usr/sbin/xend"
SSH = "#!/bin/sh\nwhile [ $1 != xm ]; do shift; done\nexec \"$@\"\n"


def moved(dom0, writer, args, timeout=120):
    old = dom0.list()[writer.name]
    found = json.loads(dom0.must(f"migrate --json {args}", timeout=timeout))
    rows = dom0.list()
    assert set(rows) == {"Domain-0", writer.name} and rows[writer.name].domid > old.domid
    assert rows[writer.name].vcpus == old.vcpus
    return found


def certificate(folder):
    """Of an authority, for localhost; {name: text}."""
    key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -batch"
    subprocess.run(
        f"openssl req -x509 {key} -days 2 -subj /CN=ca -keyout ca.key -out ca.pem && "
        f"openssl req {key} -subj /CN=x -keyout key.pem -out req && echo subjectAltName=DNS:localhost > ext && "
        "openssl x509 -req -days 2 -in req -CA ca.pem -CAkey ca.key -CAcreateserial -extfile ext -out cert.pem",
        shell=True, check=True, cwd=folder, stderr=subprocess.DEVNULL)
    return {name: open(os.path.join(folder, name), encoding="ascii").read()
            for name in ("ca.pem", "cert.pem", "key.pem")}


@pytest.mark.hv("ours")
def test_live(dom0, tmp_path):
    dom0.check("head -c 4194304 /dev/zero > /root/moved.img; qemu-img create -q -f qcow2 /root/moved.qcow2 8M")
    writer = Writer(dom0, "mover", 2, "disk=['/root/moved.img,raw,xvda,rw', '/root/moved.qcow2,qcow2,xvdb,rw']",
                    "vif=['ip=192.168.127.77']")
    writer.must("echo kept > /tmp/word; for i in a b; do dd if=/tmp/word of=/dev/xvd$i 2> /dev/null; done; sync; "
                "until ip -4 addr show dev eth0 | grep 192.168.127.77; do usleep 100000; done")
    uuid = dom0.must("list -l mover")
    found = moved(dom0, writer, "-l mover localhost")
    assert found["rounds"] >= 1
    dom0.check("n=0; until ping -c 1 -W 1 192.168.127.77; do n=$((n+1)); [ $n -lt 60 ] || exit 1; done")
    writer.again()
    writer.is_whole()
    # both disks have what was written, and are written
    assert writer.must("head -c 5 /dev/xvda; head -c 5 /dev/xvdb").count("kept\n") == 2
    writer.must("dd if=/dev/urandom of=/tmp/more bs=64k count=8 2> /dev/null; dd if=/tmp/more of=/dev/xvdb bs=64k "
                "seek=8 conv=fsync 2> /dev/null; dd if=/dev/xvdb bs=64k skip=8 count=8 2> /dev/null | cmp - /tmp/more")
    dom0.check("qemu-img check -U -q /root/moved.qcow2")
    assert [line for line in uuid.splitlines() if "uuid" in line] == \
        [line for line in dom0.must("list -l mover").splitlines() if "uuid" in line]

    # through ssh, of which the far end is a shell away
    dom0.check("cat > /bin/ssh; chmod 755 /bin/ssh", input=SSH)
    writer.start()
    moved(dom0, writer, "-l --ssh mover elsewhere")
    writer.again()

    # cancelled, at 1 MiB/s; it notices nothing
    session = dom0.machine.spawn("xm migrate -l -b 1 mover localhost")
    dom0.until(lambda rows: "mover--incoming" in rows, 60, "the arriving half")
    assert dom0.xm("pause mover").rc == 1
    dom0.must("migrate --cancel mover")
    assert session.wait(60) == 1 and "cancelled; the domain goes on here" in session.output
    assert dom0.xm("migrate --cancel mover").rc == 1
    dom0.until(lambda rows: set(rows) == {"Domain-0", "mover"}, 60, "the end of the arriving half")
    writer.is_whole()

    # a host that takes nobody without a certificate; then with one
    dom0.check("mkdir -p /etc/xen/tls; sed 's/^migrate-hosts.*//' /etc/xen/xend.conf > /tmp/xend.conf")
    dom0.kill("xend")
    dom0.check(f"{XEND} --config=/tmp/xend.conf")
    refused = dom0.xm("migrate -l mover localhost")
    assert refused.rc == 1 and "Connection refused" in refused.out and "goes on here" in refused.out
    for name, text in certificate(tmp_path).items():
        dom0.check(f"cat > /etc/xen/tls/{name}", input=text)
    dom0.kill("xend")
    dom0.check(f"{XEND} --config=/tmp/xend.conf")
    wrong = dom0.xm("migrate -l mover 127.0.0.1")
    assert wrong.rc == 1 and "TLS: IP address mismatch" in wrong.out and "goes on here" in wrong.out
    moved(dom0, writer, "-l mover localhost")
    dom0.check("rm -r /etc/xen/tls /bin/ssh")
    dom0.kill("xend")
    dom0.check(XEND)
    writer.again()
    assert writer.must("head -c 4 /dev/xvda").splitlines()[-1] == "kept"
    writer.guest.leave()


@pytest.mark.hv("xen")
def test_not_live(dom0):
    writer = Writer(dom0, "mover", 1)
    live = dom0.xm("migrate -l mover localhost")
    assert live.rc == 1 and "no log-dirty mode" in live.out and "goes on here" in live.out
    writer.goes_on()
    moved(dom0, writer, "mover localhost", 300)
    writer.again()
    writer.is_whole()
    writer.guest.leave()
