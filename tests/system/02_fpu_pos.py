# SPDX-License-Identifier: GPL-2.0-only
"""Vector registers belong to the program that loaded them, whoever else runs."""


def test_registers_stay_with_a_guest_beside(dom0):
    dom0.create("beside", "memory=128")
    out = dom0.check("fpu 4 10")
    assert out.count(" 0 bad") == 4
