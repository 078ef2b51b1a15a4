# SPDX-License-Identifier: GPL-2.0-only
"""dom0 with one vcpu from the start, in a machine of its own beside the shared one."""

import pytest

from corner import Corner
from dom0 import Dom0


@pytest.fixture
def lonely(corner):
    hv, tools = corner.split("-")
    args = "dom0_mem=500M,max:500M dom0_max_vcpus=1"
    with Corner(hv, tools, memory="1G", xen_args=args).boot("one-vcpu") as machine:
        yield Dom0(machine, hv, tools)


def test_one_vcpu(lonely):
    assert lonely.check("nproc") == "1\n"
    row = lonely.list()["Domain-0"]
    assert (row.vcpus, row.mem) == (1, 500)
    assert len(lonely.must("vcpu-list Domain-0").strip().splitlines()) == 2
    lonely.must("create /etc/xen/tiny.cfg vcpus=2")
    assert lonely.list()["tiny"].mem == 16
    lonely.must("destroy tiny")
    lonely.until(lambda rows: "tiny" not in rows, 30, "the guest's end")
