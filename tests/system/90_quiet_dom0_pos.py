# SPDX-License-Identifier: GPL-2.0-only
"""Last in its corner: what all the cases before left in dom0's kernel log."""

import re

import pytest


@pytest.mark.each_machine
def test_no_complaint_of_the_kernel(dom0):
    log = dom0.check("dmesg")
    bad = [line for line in log.splitlines()
           if re.search(r"\bBUG\b|\bOops\b|WARNING: CPU|Call Trace|segfault", line)]
    assert not bad
