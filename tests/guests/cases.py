# SPDX-License-Identifier: GPL-2.0-only
"""The lists of boot cases, to which the files of cases add theirs."""

from collections import namedtuple

Case = namedtuple("Case", "name run")
CASES = []
LONG_CASES = []  # make check-long


def case(fn):
    CASES.append(Case(fn.__name__, fn))
    return fn
