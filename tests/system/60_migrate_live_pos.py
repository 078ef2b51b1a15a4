# SPDX-License-Identifier: GPL-2.0-only
"""The packaged xl moves a guest on our hypervisor while it writes: what arrives is what it had."""

import pytest

from writer import Writer

pytestmark = [pytest.mark.hv("ours"), pytest.mark.tools("xl")]


def test_migrate_and_checkpoint(dom0):
    """One guest for both, as its boot takes long here."""
    writer = Writer(dom0, "mover", 2)
    old = dom0.list()[writer.name].domid
    out = dom0.check(f"xl migrate -s '' {writer.name} 'xl migrate-receive' 2>&1", timeout=300)
    assert "Migration successful." in out
    rows = dom0.list()
    assert len(rows) == 2 and rows[writer.name].domid != old and rows[writer.name].vcpus == 2
    writer.again()
    writer.is_whole()

    writer.start()
    dom0.must(f"save -c {writer.name} /root/image", timeout=300)
    writer.goes_on()
    writer.guest.leave()
    dom0.must(f"destroy {writer.name}")
    dom0.must("restore /root/image", timeout=300)
    dom0.check("rm /root/image")
    writer.again()
    writer.is_whole()
    writer.guest.leave()
