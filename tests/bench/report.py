# SPDX-License-Identifier: GPL-2.0-only
"""Samples, their medians and ratios, the table and the JSON. A sample is nanoseconds per operation."""

import json
import os
import platform
import re
import statistics
import subprocess
import time

from rows import ROWS, UNITS

SIDES = ("xen", "ours", "bare")
LINE = re.compile(r"^(?:\(XEN\)|\[[^]]*\]|\(d\d+\))?\s*bench (\S+) (\d+)((?: \d+)+)\s*$")
TICK = re.compile(r"^(?:\(XEN\)|\[[^]]*\]|\(d\d+\))?\s*tick (\d+) (-?\d+)\s*$")


class Broken(Exception):
    """A run that did not give what it should; the text says what."""


def parse(text):
    """{name: [nanoseconds per operation, ...]} from the lines that a guest or a program printed."""
    scale, found = 1.0, {}
    for line in text.splitlines():
        tick = TICK.match(line)
        if tick:
            scale = int(tick.group(1)) * 2.0 ** (int(tick.group(2)) - 32)
        m = LINE.match(line)
        if m and int(m.group(2)):
            found[m.group(1)] = [int(t) * scale / int(m.group(2)) for t in m.group(3).split()]
    return found


class Samples:
    """What was measured: by measure and side, a list per round."""

    def __init__(self):
        self.rounds = {}            # (name, side) -> [[sample, ...], ...]
        self.counts = {}            # (name, side) -> instructions

    def add(self, side, found, prefix="", rename=None):
        for name, values in found.items():
            name = (rename or {}).get(name, prefix + name)
            self.rounds.setdefault((name, side), []).append(values)

    def add_counts(self, side, found, rename=None):
        for name, values in found.items():
            self.counts[(rename or {}).get(name, name), side] = statistics.median(values)

    def figure(self, name, side):
        """The median of all batches of all rounds, or None."""
        values = [v for batch in self.rounds.get((name, side), []) for v in batch]
        return statistics.median(values) if values else None

    def best(self, name, side):
        values = [v for batch in self.rounds.get((name, side), []) for v in batch]
        return min(values) if values else None

    def ratio(self, name):
        """Ours to theirs: of the medians within each round, the median over the rounds."""
        pairs = zip(self.rounds.get((name, "ours"), []), self.rounds.get((name, "xen"), []))
        ratios = [divide(statistics.median(a), statistics.median(b)) for a, b in pairs]
        return statistics.median(ratios) if ratios else None

    def best_ratio(self, name):
        return divide(self.best(name, "ours"), self.best(name, "xen"))

    def count_ratio(self, name):
        return divide(self.counts.get((name, "ours")), self.counts.get((name, "xen")))


def divide(a, b):
    return a / b if a is not None and b else None


def verdict(row, ratio, ours):
    """Limits are rounded as the table shows them: what reads 1.00 has reached 1.00."""
    kept = []
    if row.limit is not None and ratio is not None:
        kept.append(round(ratio, 2) <= round(row.limit, 2))
    if row.most is not None and ours is not None:
        kept.append(ours / UNITS[row.unit] <= row.most)
    return "" if not kept else "ok" if all(kept) else "MISS"


def results(samples):
    """One dictionary per measured row, for the table and for the JSON."""
    out = []
    for row in ROWS:
        figures = {s: samples.figure(row.name, s) for s in SIDES}
        if all(v is None for v in figures.values()):
            continue
        ratio = samples.ratio(row.name)
        out.append({
            "name": row.name, "group": row.group, "unit": row.unit, "what": row.what,
            "median": {s: v / UNITS.get(row.unit, 1.0) for s, v in figures.items() if v is not None},
            "ratio": ratio, "ratio_best": samples.best_ratio(row.name),
            "instructions": {s: samples.counts[row.name, s] for s in SIDES
                             if (row.name, s) in samples.counts},
            "ratio_instructions": samples.count_ratio(row.name),
            "limit": row.limit, "most": row.most, "verdict": verdict(row, ratio, figures["ours"]),
        })
    return out


def number(value):
    if value is None:
        return "-"
    return f"{value:.0f}" if value >= 1000 else f"{value:.3g}" if value >= 0.001 else f"{value:.1e}"


def fixed(value):
    return "-" if value is None else f"{value:.2f}"


def limit(r):
    """A ratio, or a figure in the row's unit."""
    return f"{r['most']}{r['unit']}" if r["most"] else fixed(r["limit"])


HEADING = ("measure", "unit", "xen", "ours", "ratio", "best", "instr", "limit", "", "bare")


def table(rows):
    """Lines. ratio is of the medians, best of the fastest batches, instr of instructions executed."""
    lines = [HEADING]
    for r in rows:
        median = r["median"]
        lines.append((r["name"], r["unit"], number(median.get("xen")), number(median.get("ours")),
                      fixed(r["ratio"]), fixed(r["ratio_best"]), fixed(r["ratio_instructions"]),
                      limit(r), r["verdict"], number(median.get("bare"))))
    if not any("bare" in r["median"] for r in rows):
        lines = [line[:-1] for line in lines]
    width = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    return ["  ".join(c.ljust(w) if i < 2 else c.rjust(w)
                      for i, (c, w) in enumerate(zip(line, width))).rstrip() for line in lines]


# What the whole must reach: what is asked, and the rows that say whether it is so. The rest of the rows
# with a limit are one target a group.
TARGETS = [
    ("boot to dom0's init", ("boot",)),
    ("create -p of a tiny guest", ("create-paused",)),
    ("list", ("list",)),
    ("hypervisor's own memory", ("hv-memory",)),
    ("hypervisor's image", ("hv-image",)),
]


def asked(r):
    return f"<= {r['most']} {r['unit']}" if r["most"] else f"<= {r['limit']:.2f}x"


def reached(r):
    return f"{number(r['median'].get('ours'))} {r['unit']}" if r["most"] else f"{fixed(r['ratio'])}x"


def group_target(name, rows):
    """Of a group: how many of its rows keep their limit, and which do not, the furthest first."""
    over = sorted((r for r in rows if r["verdict"] == "MISS"), key=lambda r: -(r["ratio"] or 0))
    kept = f"{len(rows) - len(over)} of {len(rows)}"
    limits = {asked(r) for r in rows}
    return (f"group {name}", limits.pop() if len(limits) == 1 else "its limits", kept,
            "MISSED" if over else "reached", ", ".join(f"{r['name']} {reached(r)}" for r in over))


def targets(rows):
    """Lines: each target, what it asks, what there is, and whether it was reached."""
    lines = [("target", "asked", "is", "", "")]
    single = {n for _, names in TARGETS for n in names}
    for what, names in TARGETS:
        lines += [(what, asked(r), reached(r), "MISSED" if r["verdict"] == "MISS" else "reached", "")
                  for r in rows if r["name"] in names and r["verdict"]]
    left = [r for r in rows if r["name"] not in single and r["verdict"]]
    for group in dict.fromkeys(r["group"] for r in left):
        lines.append(group_target(group, [r for r in left if r["group"] == group]))
    width = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    return ["  ".join(c.ljust(w) for c, w in zip(line, width)).rstrip() for line in lines]


def first_line(command):
    try:
        return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False,
                              encoding="utf-8").stdout.split("\n")[0]
    except OSError:
        return "unknown"


def cpu_model():
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as f:
            return re.search(r"^model name\s*: (.*)$", f.read(), re.M).group(1)
    except (OSError, AttributeError):
        return platform.machine()


def facts(**more):
    """What a figure is worth nothing without."""
    return {"qemu": first_line(["qemu-system-x86_64", "--version"]), "cpu": cpu_model(),
            "cpus": os.cpu_count(), "accel": os.environ.get("ACCEL", "tcg"),
            "commit": first_line(["git", "describe", "--always", "--dirty"]),
            "date": time.strftime("%Y-%m-%dT%H:%M:%S%z"), "load": os.getloadavg()[0], **more}


def write_json(path, fact, rows, samples):
    """The figures and every sample behind them."""
    raw = {}
    for (name, side), rounds in sorted(samples.rounds.items()):
        raw.setdefault(name, {})[side] = rounds
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        json.dump({"facts": fact, "results": rows, "samples_ns": raw}, f, indent=1)
        f.write("\n")
