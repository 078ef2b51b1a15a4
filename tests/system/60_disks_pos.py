# SPDX-License-Identifier: GPL-2.0-only
"""Disks of guests: files, qcow2 images and block devices; attached, detached, shared, restarted."""

import json
import re

import pytest

from rounds import rounds

pytestmark = pytest.mark.tools("ours")

CREATE = {"file": "truncate -s 64M /tmp/d.file", "qcow2": "qemu-img create -q -f qcow2 /tmp/d.qcow2 64M",
          "phy": "truncate -s 64M /tmp/d.phy; losetup /dev/loop40 /tmp/d.phy"}
PATH = {"file": "/tmp/d.file", "qcow2": "/tmp/d.qcow2", "phy": "/dev/loop40"}


def loops(dom0):
    """Loop devices and nbd servers in use."""
    return dom0.check("cat /sys/block/loop*/loop/backing_file 2>/dev/null; pidof qemu-nbd; true")


@pytest.fixture
def quiet(dom0):
    """Afterwards nothing is left of any disk."""
    dom0.check("mknod /dev/loop40 b 7 40 2>/dev/null; true")
    yield
    dom0.clean()
    dom0.check("losetup -d /dev/loop40 2>/dev/null; rm -f /tmp/d.*")
    assert loops(dom0) == ""
    assert dom0.check("xenstore-ls -f /local/domain/0 | grep -E 'backend/vbd/[0-9]'; true") == ""


def written_and_read(guest, dev, mib):
    """Writes mib MiB of noise in the guest and reads them back past its cache; their sum."""
    sums = re.findall(r"\b[0-9a-f]{32}\b", guest.run(
        f"dd if=/dev/urandom of=/tmp/noise bs=64k count={mib * 16} 2>/dev/null; md5sum < /tmp/noise; "
        f"dd if=/tmp/noise of=/dev/{dev} bs=64k conv=fsync 2>/dev/null; rm /tmp/noise; "
        "echo 3 > /proc/sys/vm/drop_caches; "
        f"dd if=/dev/{dev} bs=64k count={mib * 16} 2>/dev/null | md5sum", 120)[0])
    assert len(sums) == 2 and sums[0] == sums[1], sums
    return sums[0]


@pytest.mark.parametrize("kind", ["file", pytest.param("qcow2", marks=pytest.mark.xen_long),
                                  pytest.param("phy", marks=pytest.mark.xen_long)])
def test_written_and_read(dom0, quiet, kind):
    dom0.check(CREATE[kind])
    dom0.create("disk", f"disk=[\"{kind}:{PATH[kind]},xvda,w\"]")
    guest = dom0.shell("disk")
    assert guest.run("cat /sys/block/xvda/size /sys/block/xvda/ro")[0] == f"{64 * 2048}\n0\n"
    md5 = written_and_read(guest, "xvda", 8)
    guest.leave()
    row = dom0.must("block-list disk").splitlines()[1].split()
    assert row[0] == "51712" and row[1] == "0" and row[3] == "4", row
    dom0.must("shutdown -w disk", 180)
    if kind == "file":
        assert dom0.check("head -c 8m /tmp/d.file | md5sum").split()[0] == md5


@pytest.mark.xen_long
def test_read_only(dom0, quiet):
    """A disk and a CD; two may read the same file."""
    dom0.check("echo readonly > /tmp/d.file; truncate -s 1M /tmp/d.file")
    dom0.create("ro", 'disk=["file:/tmp/d.file,xvda,r", "file:/tmp/d.file,xvdb:cdrom,r"]')
    guest = dom0.shell("ro")
    for dev in ("xvda", "xvdb"):
        assert guest.run(f"head -c 9 /dev/{dev}; cat /sys/block/{dev}/ro")[0] == "readonly\n1\n"
        assert guest.run(f"echo x > /dev/{dev}")[1] != 0
    guest.leave()


def test_attach_and_detach(dom0, quiet):
    """Live, several times over, in xm's and xl's words; nothing is left behind."""
    dom0.check(CREATE["file"] + "; " + CREATE["qcow2"])
    dom0.create("hot")
    guest = dom0.shell("hot")
    for spec in ("file:/tmp/d.file xvdb w", "qcow2:/tmp/d.qcow2,xvdb,w", "/tmp/d.file,raw,xvdb,rw",
                 "format=qcow2,vdev=xvdb,access=rw,target=/tmp/d.qcow2"):
        dom0.must(f"block-attach hot {spec}")
        guest.run("until [ -b /dev/xvdb ] && [ $(cat /sys/block/xvdb/size) != 0 ]; do usleep 20000; done")
        written_and_read(guest, "xvdb", 1)
        assert len(json.loads(dom0.must("block-list --json hot"))) == 1
        dom0.must("block-detach hot xvdb")
        assert dom0.must("block-list hot") == ""
        guest.run("while [ -b /dev/xvdb ]; do usleep 20000; done")
        assert loops(dom0) == ""
    guest.leave()


@pytest.mark.xen_long
def test_resize(dom0, quiet):
    """A file made longer by us, then by somebody else; a block device by whoever has it."""
    dom0.check(CREATE["file"] + "; " + CREATE["phy"] + "; " + CREATE["qcow2"])
    dom0.create("big", 'disk=["file:/tmp/d.file,xvda,w", "phy:/dev/loop40,xvdb,w", "qcow2:/tmp/d.qcow2,xvdc,w"]')
    guest = dom0.shell("big")

    def becomes(dev, mib):
        assert guest.run(f"n=0; until [ $(cat /sys/block/{dev}/size) = {mib * 2048} ] || [ $n = 500 ]; do "
                         f"n=$((n + 1)); usleep 20000; done; cat /sys/block/{dev}/size")[0] == f"{mib * 2048}\n"

    assert dom0.must("block-resize big xvda 80") == f"xvda: {80 << 20} bytes\n"
    becomes("xvda", 80)
    assert guest.run("dd if=/dev/urandom of=/dev/xvda bs=1M seek=79 count=1 conv=fsync")[1] == 0
    dom0.check("truncate -s 72M /tmp/d.file")
    dom0.must("block-resize big xvda")
    becomes("xvda", 72)
    dom0.check("truncate -s 96M /tmp/d.phy; losetup -c /dev/loop40")
    becomes("xvdb", 96)                                         # nobody has to say so
    assert dom0.must("block-resize big xvdb") == f"xvdb: {96 << 20} bytes\n"
    for words, says in (("xvda 64", "would be lost"), ("xvdb 128", "block device"), ("xvdc 128", "qcow2"),
                        ("xvdd 128", "no vbd"), ("xvda big", "not a size")):
        r = dom0.xm("block-resize big " + words)
        assert r.rc == 1 and says in r.out and r.out.count("\n") == 1, r
    guest.leave()


@pytest.mark.xen_long
def test_detach_not_answered(dom0, quiet):
    """A guest that does not let go keeps it; force takes it."""
    dom0.check(CREATE["file"])
    dom0.tiny("deaf", "", "'disk=[\"file:/tmp/d.file,xvda,w\"]'")
    r = dom0.xm("block-detach deaf xvda")
    assert r.rc == 1 and "still uses" in r.out, r
    assert json.loads(dom0.must("block-list --json deaf"))[0]["status"] == "closing"
    dom0.must("block-detach -f deaf xvda")
    assert dom0.must("block-list deaf") == "" and loops(dom0) == ""


@pytest.mark.xen_long
def test_forced_under_a_reader(dom0, quiet):
    """Linux gets errors, and goes on."""
    dom0.check(CREATE["file"])
    dom0.create("busy", 'disk=["file:/tmp/d.file,xvda,w"]')
    guest = dom0.shell("busy")
    guest.run("exec 5</dev/xvda")
    dom0.must("block-detach -f busy xvda")
    assert dom0.must("block-list busy") == "" and loops(dom0) == ""
    assert guest.run("echo alive")[0].endswith("alive\n")
    guest.leave()


@pytest.mark.xen_long
def test_restart_keeps_disks(dom0, quiet):
    """A reboot, and an end of xend: the disks are there, also the one attached later."""
    dom0.check(CREATE["file"] + "; " + CREATE["qcow2"])
    dom0.create("again", 'disk=["file:/tmp/d.file,xvda,w"]')
    guest = dom0.shell("again")
    dom0.must("block-attach again qcow2:/tmp/d.qcow2,xvdb,w")
    guest.leave()
    dom0.must("reboot -w again", 180)
    guest = dom0.shell("again")
    assert guest.run("ls -1 /dev/xvd?")[0] == "/dev/xvda\n/dev/xvdb\n"
    guest.leave()
    dom0.kill("xend")
    dom0.check("/usr/sbin/xend")
    assert [d["status"] for d in json.loads(dom0.must("block-list --json again"))] == ["ready", "ready"]
    dom0.must("block-detach again xvdb")
    dom0.must("destroy again")


@pytest.mark.xen_long
def test_many_rounds(dom0, quiet):
    """50 rounds leave nothing: no loop device, node, file or memory of xend's."""
    dom0.check(CREATE["file"])
    dom0.tiny("rounds")
    rounds(dom0, "xm block-attach rounds file:/tmp/d.file,xvdb,w && xm block-detach -f rounds xvdb", 50)
    assert loops(dom0) == ""
