# SPDX-License-Identifier: GPL-2.0-only
"""Domain 0 gives memory to a domain that needs more than is free, if it may."""

import re

import pytest

pytestmark = pytest.mark.tools("ours")


@pytest.fixture
def restart_xend(dom0):
    def restart(options):
        dom0.kill("xend", "TERM")
        dom0.check(f"xend {options}")
    yield restart
    restart("")
    dom0.must(f"mem-set Domain-0 {1200}")


def free(dom0):
    return int(re.search(r"^free_memory +: (\d+)", dom0.must("info"), re.M).group(1))


def test_dom0_gives(dom0, restart_xend):
    need = free(dom0) + 40
    r = dom0.xm(f"create -q /etc/xen/tiny.cfg name=large memory={need}")
    assert r.rc == 1 and "not enough free memory" in r.out      # dom0_mem= was given: off by itself
    restart_xend("--autoballoon=on --dom0-min-mem=1000")
    r = dom0.xm(f"create -q /etc/xen/tiny.cfg name=large memory={need + 400}")
    assert r.rc == 1 and "keeps 1000" in r.out
    dom0.must(f"create -q /etc/xen/tiny.cfg name=large memory={need}")
    dom0.says("large", "large is up")
    assert dom0.list()["large"].mem == need and 1000 <= dom0.list()["Domain-0"].mem < 1165
