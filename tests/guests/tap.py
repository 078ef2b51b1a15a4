# SPDX-License-Identifier: GPL-2.0-only
"""What a tiny guest said, check by check, and two of these side by side."""

import re
from collections import namedtuple

# name: what is checked, the same for both hypervisors; differs: why packaged Xen answers otherwise;
# todo: why ours does not answer so yet
Check = namedtuple("Check", "name ok why differs todo", defaults=[None])
LINE = re.compile(r"\b(not ok|ok) \d+ - (.*?)(?: # differs: (.*?)| # TODO (.*))?$")


def checks_of(text):
    """The checks of a guest's console; what keeps it from its end is one more that failed."""
    found, why, names = [], [], {}
    for line in text.splitlines():
        match = LINE.search(line)
        if not match:
            if line.startswith("# got"):
                why.append(line[2:])
            continue
        name = match.group(2)
        names[name] = names.get(name, 0) + 1
        if names[name] > 1:
            name += f" ({names[name]})"
        found.append(Check(name, match.group(1) == "ok", why, match.group(3),
                           match.group(4)))
        why = []
    if "Bail out!" in text or "# guest done" not in text:
        why = [line for line in text.splitlines() if "Bail out!" in line] or text.splitlines()[-25:]
        found.append(Check("comes to its end", False, why, None))
    return found


def differences(ours, xen):
    """Lines about checks that the two answer otherwise, and how many of them nobody expected."""
    lines, unexpected = [], 0
    theirs = {check.name: check for check in xen}
    # A guest that ends with a declared difference had nothing more to ask there.
    ended = bool(xen) and not xen[-1].ok and bool(xen[-1].differs)
    for check in ours:
        other = theirs.pop(check.name, None)
        if other is None and ended:
            continue
        if other is None:
            lines.append(f"only ours: {check.name}")
        elif check.todo and not check.ok and other.ok:
            lines.append(f"todo: {check.name}: {check.todo}")
            continue
        elif not check.ok and not other.ok and check.why != other.why:
            lines.append(f"both fail: {check.name} {check.why} {other.why}")
        elif check.ok == other.ok:
            if check.differs and check.ok:
                lines.append(f"marked, but the same: {check.name}")
            continue
        elif check.differs and check.ok:
            lines.append(f"known: {check.name}: {check.differs}")
            continue
        else:
            wrong = other if check.ok else check
            lines.append(f"{'xen' if check.ok else 'ours'} fails: {check.name}"
                         + "".join(f" [{why}]" for why in wrong.why[:3]))
        unexpected += 1
    lines += [f"only xen: {name}" for name in theirs]
    return lines, unexpected + len(theirs)
