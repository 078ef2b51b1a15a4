# SPDX-License-Identifier: GPL-2.0-only
"""conftest.py: one boot serves many cases.

A case takes `dom0`, the machine of its corner: booted when first wanted, kept while the cases of
that corner last, booted again if a case killed it. Corners are chosen by CORNERS=hv-tools,...;
a corner whose hypervisor or tools are not built is skipped with that said.

Two processes may share the cases (run.py). The unit is a file in a corner: its cases keep their order and
their machine. Whoever first makes the file of that name in CLAIMS runs them, the other passes over them."""

import functools
import os
import sys

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "lib"))

from corner import Corner, build_dir  # noqa: E402
from dom0 import Dom0                 # noqa: E402

CORNERS = os.environ.get("CORNERS", "xen-xl,xen-ours,ours-xl,ours-ours").split(",")

CLAIMS = os.environ.get("CLAIMS")       # a folder; unset: all cases are ours
PROCESS = os.environ.get("PROCESS", "1")
LONG = bool(os.environ.get("LONG"))     # the long cases, and no others


class Pool:
    """At most one machine at a time."""

    def __init__(self):
        self.corner = self.dom0 = None
        self.failed = {}            # corner -> why it does not boot
        self.boots = 0

    def get(self, name):
        if name in self.failed:
            pytest.fail(f"{name} did not boot: {self.failed[name]}", pytrace=False)
        if self.dom0 and (self.corner != name or not self.dom0.alive()):
            self.close()
        if not self.dom0:
            self.boots += 1
            hv, tools = name.split("-")
            try:
                machine = Corner(hv, tools, image="system.cpio").boot(f"system-{PROCESS}.{self.boots}")
            except Exception as e:  # pylint: disable=broad-except
                self.failed[name] = str(e)
                raise
            self.corner = name
            # gunzip is quicker than unxz; 21_corners starts Debian's kernels as they come
            self.dom0 = Dom0(machine, hv, tools, "/boot/guest/vmlinux.gz")
        return self.dom0

    def close(self):
        if self.dom0:
            self.dom0.machine.stop()
        self.dom0 = None


@pytest.fixture(scope="session")
def pool():
    p = Pool()
    yield p
    p.close()


def missing(name):
    """What this corner lacks, or None."""
    hv, tools = name.split("-")
    want = {"ours": ["hypervisor/xen"], "xen": ["debian/xen"]}[hv]
    want = want + {"ours": ["xend/xend", "xm/xm", "xenstored/xenstored"], "xl": []}[tools]
    gone = [w for w in want if not os.path.exists(os.path.join(build_dir(), w))]
    return ", ".join(gone) or None


@pytest.fixture(scope="session", params=CORNERS)
def corner(request):
    lack = missing(request.param)
    if lack:
        pytest.skip(f"corner {request.param}: not built: {lack}")
    return request.param


@pytest.fixture
def dom0(corner, pool):
    d = pool.get(corner)
    yield d
    if d.alive():
        d.clean()


@pytest.fixture
def diag(dom0):
    """The number of a small guest."""
    dom0.create("diag", "memory=16", cfg="/etc/xen/tiny.cfg")
    return dom0.list()["diag"].domid


@pytest.fixture
def machine_of(corner, pool):
    """A function that boots a machine of its own; one at a time."""
    pool.close()
    hv, tools = corner.split("-")
    running = []

    def boot(name, **kwargs):
        machine = Corner(hv, tools, **kwargs).boot(name)
        running.append(machine)
        return Dom0(machine, hv, tools)
    yield boot
    for machine in running:
        machine.stop()


def corner_of(item):
    """Of a case that has one, else an empty string."""
    return item.callspec.params.get("corner", "") if hasattr(item, "callspec") else ""


@functools.lru_cache(maxsize=None)
def claim(unit):
    """Whether the file-in-a-corner is this process's to run."""
    try:
        os.close(os.open(os.path.join(CLAIMS, unit), os.O_CREAT | os.O_EXCL))
        return True
    except FileExistsError:
        return False


def claimed(items):
    """Those of the cases that this process runs, asked for one by one."""
    used = set()                        # corners of which it has run a case
    for item in items:
        where = corner_of(item)
        if where in used if item.get_closest_marker("each_machine") else claim(f"{where}:{item.path.name}"):
            used.add(where)
            yield item


def pytest_runtestloop(session):
    """Pytest's own loop where nobody else takes cases."""
    if not CLAIMS or session.testsfailed or session.config.option.collectonly:
        return None
    mine = claimed(session.items)
    item = next(mine, None)
    while item:
        after = next(mine, None)
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
        if session.shouldfail:
            raise session.Failed(session.shouldfail)
        if session.shouldstop:
            raise session.Interrupted(session.shouldstop)
        item = after
    return True


def pytest_collection_modifyitems(config, items):
    """Drop the pairs of case and corner that a case's marks exclude; that is no skip."""
    keep, dropped = [], []
    for item in items:
        hv, _, tools = corner_of(item).partition("-")
        marks = {m.name: m.args for m in item.iter_markers()}
        long = "long" in marks or (hv == "xen" and "xen_long" in marks)
        wrong = (hv and hv not in marks.get("hv", (hv,))) or \
            (tools and tools not in marks.get("tools", (tools,))) or long != LONG
        (dropped if wrong else keep).append(item)
    config.hook.pytest_deselected(items=dropped)
    items[:] = keep


def pytest_terminal_summary(terminalreporter):
    count = {k: len(terminalreporter.stats.get(k, [])) for k in
             ("passed", "failed", "error", "skipped")}
    terminalreporter.write_line(f"system: {count['passed']} passed, "
                                f"{count['failed'] + count['error']} failed, "
                                f"{count['skipped']} skipped")
