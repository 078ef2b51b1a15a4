# SPDX-License-Identifier: GPL-2.0-only
"""What xm tells about domains and the machine: classic formats, which programs parse, and JSON."""

import json
import re

import pytest

pytestmark = [pytest.mark.tools("ours"), pytest.mark.hv("ours")]


@pytest.fixture
def two(dom0):
    dom0.tiny("alpha", "", "memory=24", "vcpus=2")
    dom0.tiny("beta", "", "cpus=1")
    dom0.says("beta", "beta is up")
    return dom0.list()


def test_list_format(dom0, two):
    lines = dom0.must("list").splitlines()
    assert lines[0] == "%-40s %5s %5s %5s %10s %9s" % ("Name", "ID", "Mem", "VCPUs", "State", "Time(s)")
    for line, name in zip(lines[1:], ("Domain-0", "alpha", "beta")):
        assert re.fullmatch(r"%-40s [ \d]{5} [ \d]{5} [ \d]{5}     [rbpscd-]{6} [ \d]{6}\.\d" % name, line), \
            line
    assert len(lines) == 4 and two["alpha"].mem == 24
    assert two["alpha"].vcpus == 1      # of two: the guest starts no second one


def test_list_some(dom0, two):
    assert list(dom0.parse(dom0.must("list beta"))) == ["beta"]
    assert list(dom0.parse(dom0.must(f"list beta {two['alpha'].domid}"))) == ["alpha", "beta"]
    assert dom0.xm("list beta nosuch").rc == 3


def test_list_json(dom0, two):
    everything = json.loads(dom0.must("list --json"))
    assert [d["domid"] for d in everything] == sorted(d["domid"] for d in everything)
    beta = json.loads(dom0.must("list --json beta"))[0]
    assert beta["name"] == "beta" and beta["memory_kib"] // 1024 == 16 and beta["status"] == "running"
    assert beta["console_log"] == "/var/log/xend/console/beta.log"
    assert beta["config"]["kernel"] == "/boot/guest/tiny" and beta["config"]["cpus"] == "1"
    assert json.loads(dom0.must(f"list --json {beta['uuid']}"))[0]["domid"] == beta["domid"]


def test_list_long(dom0, two):
    out = dom0.must("list -l beta")
    assert out.startswith("(domain\n") and out.count("(") == out.count(")")
    assert f"(domid {two['beta'].domid})" in out and "(name beta)" in out
    assert "(status 2)" in out or "(status 1)" in out


def test_ids_and_names(dom0, two):
    for name, row in two.items():
        assert dom0.must(f"domid {name}") == f"{row.domid}\n"
        assert dom0.must(f"domname {row.domid}") == f"{name}\n"
    assert json.loads(dom0.must("domid --json beta")) == {"domid": two["beta"].domid}
    dom0.must("rename beta gamma")
    assert dom0.must("domid gamma") == f"{two['beta'].domid}\n" and dom0.xm("domid beta").rc == 3
    assert dom0.check(f"xenstore-read /local/domain/{two['beta'].domid}/name") == "gamma\n"


def test_vcpu_list(dom0, two):
    out = dom0.must("vcpu-list")
    lines = out.splitlines()
    assert lines[0].split() == ["Name", "ID", "VCPU", "CPU", "State", "Time(s)", "CPU", "Affinity"]
    assert sum(line.startswith("alpha ") for line in lines) == 2
    beta = next(line for line in lines if line.startswith("beta "))
    assert beta.split()[2:4] == ["0", "1"] and beta.split()[6:] == ["1"], beta
    vcpus = json.loads(dom0.must("vcpu-list --json alpha"))[0]["vcpus"]
    assert [v["vcpu"] for v in vcpus] == [0, 1]


def test_uptime(dom0, two):
    lines = dom0.must("uptime").splitlines()
    assert lines[0].split() == ["Name", "ID", "Uptime"] and len(lines) == 4
    for line in lines[1:]:
        assert re.fullmatch(r"\S+ +\d+ +(\d+ days?, )?\d+:\d\d:\d\d", line), line
    assert len(dom0.must("uptime -s beta").splitlines()) == 1


def test_pause_shows(dom0, two):
    dom0.must("pause beta")
    assert dom0.list()["beta"].state[2] == "p" and dom0.must("domstate beta") != "running\n"
    before = dom0.list()["beta"].time
    console = dom0.console("beta")
    console.send("frozen\r")
    assert dom0.list()["beta"].time == before
    dom0.must("pause beta")
    dom0.must("unpause beta")
    console.expect(rb"typed frozen", 20)
    console.hangup()


def test_info(dom0):
    info = dict(re.split(r" *: ", line, 1) for line in dom0.must("info").splitlines())
    for key in ("nr_cpus", "nr_nodes", "cores_per_socket", "threads_per_core", "total_memory",
                "free_memory", "xen_major", "xen_minor", "xen_pagesize"):
        assert int(info[key]) >= 0, key
    for key in ("host", "release", "machine", "cpu_mhz", "hw_caps", "xen_extra", "xen_caps",
                "xen_scheduler", "xen_commandline", "cc_compiler", "cc_compile_date"):
        assert info[key], key
    assert info["nr_cpus"] == "2" and (info["xen_major"], info["xen_minor"]) == ("4", "17")
    assert info["host"] == "dom0" and "xen-3.0-x86_64" in info["xen_caps"]
    assert info["release"] == dom0.check("uname -r").strip()
    assert int(info["free_memory"]) < int(info["total_memory"]) <= 3072
    assert info["xend_config_format"] == "4"
    both = json.loads(dom0.must("info --json"))
    assert both["nr_cpus"] == 2 and both["xen_extra"] == info["xen_extra"]


def test_nodes(dom0):
    """What xl prints, but for the memory that is free just then."""
    ours, xl = (re.sub(r"^( +0: +\d+ +)\d+", r"\1FREE", dom0.check(f"{tool} info -n"), flags=re.M)
                for tool in ("xm", "/usr/lib/xen-4.17/bin/xl"))
    assert "FREE" in ours and ours[ours.index("cpu_topology"):] in xl, (ours, xl)
    both = json.loads(dom0.must("info -n --json"))
    assert len(both["cpu_topology"]) == 2 and both["numa_info"][0]["distances"] == [10]


def test_memory_of_a_domain_is_taken(dom0):
    def free():
        return int(re.search(r"^free_memory +: (\d+)", dom0.must("info"), re.M).group(1))
    before = free()
    dom0.tiny("big", "", "memory=200")
    assert 200 <= before - free() <= 206
    dom0.must("destroy big")
    dom0.machine.until(lambda: free() >= before - 1, 20, "the memory to come back")


def test_dmesg(dom0):
    assert "(XEN) " in dom0.must("dmesg")
    dom0.must("debug-keys h")
    assert "(XEN) " in dom0.must("dmesg --clear")
    dom0.must("debug-keys h")
    assert dom0.must("dmesg").count("\n") > 3


def test_store_tree(dom0, two):
    domid = two["alpha"].domid
    tree = dict(re.match(r'(\S+) = "(.*)"', line).groups() for line in
                dom0.check(f"xenstore-ls -f /local/domain/{domid}").splitlines())
    home = f"/local/domain/{domid}"
    assert tree[home + "/name"] == "alpha" and tree[home + "/domid"] == str(domid)
    assert tree[home + "/memory/target"] == str(24 << 10)
    assert tree[home + "/cpu/0/availability"] == tree[home + "/cpu/1/availability"] == "online"
    assert dom0.check(f"xenstore-read {tree[home + '/vm']}/name") == "alpha\n"


def test_packaged_list_agrees(dom0, two):
    """The packaged xl, on our store and hypervisor, sees the same."""
    theirs = dom0.parse(dom0.check("xl list"))
    assert {(r.name, r.domid, r.mem, r.vcpus) for r in theirs.values()} == \
        {(r.name, r.domid, r.mem, r.vcpus) for r in two.values()}


def test_help(dom0):
    out = dom0.must("help")
    assert out.startswith("Usage: xm <subcommand> [args]") and "xm full list of subcommands:" in out
    for command in re.findall(r"^ ([a-z][a-z-]+) ", out, re.M):
        assert dom0.must(f"help {command}").startswith("Usage: xm " + command), command
