#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""report_test.py: the bench's parser, medians, limits, table and JSON, without a machine. TAP."""

import json
import os
import sys
import tempfile
import types

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import bench        # noqa: E402
import report       # noqa: E402
import rows         # noqa: E402

OUTPUT = """(XEN) something else
(d1) tick 2147483648 1
tick 2147483648 1
bench hypercall 10 1000 3000 2000
bench broken 0 1
bench unfinished 10 10
[    1.5] bench iret 1 7
bench hypercall 10 but not this
"""


def sampled():
    samples = report.Samples()
    samples.add("xen", {"hypercall": [100.0, 110.0, 900.0], "list": [50e6], "hv-memory": [3 << 20]})
    samples.add("ours", {"hypercall": [100.4, 95.0, 101.0], "list": [5.1e6], "hv-memory": [17 << 20]})
    samples.add("xen", {"hypercall": [110.0]})
    samples.add("ours", {"hypercall": [99.0]})
    samples.add_counts("xen", {"hypercall": [300, 300, 301]})
    samples.add_counts("ours", {"hypercall": [150]})
    return samples


def row_of(name):
    return next(r for r in report.results(sampled()) if r["name"] == name)


def case_parse_lines():
    found = report.parse(OUTPUT)
    assert found["hypercall"] == [100.0, 300.0, 200.0], found
    assert found["iret"] == [7.0] and "broken" not in found, found


def case_parse_clock():
    # 2.5 GHz: 0.4 ns a tick
    found = report.parse("tick 3435973836 -1\nbench a 1 10\n")
    assert abs(found["a"][0] - 4.0) < 0.01, found


def case_a_boot_that_fails_costs_no_other():
    """Its name and its log are told."""
    def run(setup, group, samples, side, icount=False):
        if side == "ours" and not icount:
            raise report.Broken("loops on ours: silent (x.log)")
        (samples.add_counts if icount else samples.add)(side, {"hypercall": [1]})

    setup = types.SimpleNamespace(rounds=1, logs="logs")
    samples = report.Samples()
    real, bench.tiny.run = bench.tiny.run, run
    try:
        failed = bench.run_all(setup, ["tiny"], samples)
    finally:
        bench.tiny.run = real
    assert failed == ["FAILED round 1 of 1: tiny, ours: loops on ours: silent (x.log)"], failed
    assert samples.figure("hypercall", "xen") == 1, samples.rounds


def case_medians_of_all_rounds():
    r = row_of("hypercall")
    assert r["median"]["xen"] == 110.0 and abs(r["median"]["ours"] - 99.7) < 1e-9, r
    assert abs(r["ratio"] - (100.4 / 110 + 99.0 / 110) / 2) < 1e-9 and r["verdict"] == "ok", r
    assert r["ratio_best"] == 0.95 and r["ratio_instructions"] == 0.5, r


def case_limits():
    assert row_of("list")["verdict"] == "ok"            # 0.102 reads 0.10
    assert row_of("hv-memory")["verdict"] == "MISS"     # a figure, not a ratio
    assert row_of("hv-memory")["median"]["ours"] == 17


def case_one_side_only():
    samples = report.Samples()
    samples.add("ours", {"iret": [1.0]})
    r, = report.results(samples)
    assert r["ratio"] is None and r["verdict"] == "", r
    assert any(line.startswith("iret") for line in report.table([r]))


def case_table():
    lines = report.table(report.results(sampled()))
    assert lines[0].split()[:5] == ["measure", "unit", "xen", "ours", "ratio"], lines
    assert any(line.split() == ["hypercall", "ns", "110", "99.7", "0.91", "0.95", "0.50", "1.00", "ok"]
               for line in lines), lines


def case_targets():
    lines = [line.split() for line in report.targets(report.results(sampled()))]
    assert lines[0] == ["target", "asked", "is"], lines
    assert ["list", "<=", "0.10x", "0.10x", "reached"] in lines, lines
    assert ["hypervisor's", "own", "memory", "<=", "16", "MiB", "17", "MiB", "MISSED"] in lines, lines
    assert ["group", "tiny", "<=", "1.00x", "1", "of", "1", "reached"] in lines, lines
    slow = report.Samples()
    for name, ours in (("iret", 12.0), ("exception", 9.0), ("hypercall", 15.0)):
        slow.add("xen", {name: [10.0]})
        slow.add("ours", {name: [ours]})
    line = report.targets(report.results(slow))[-1]
    assert "1 of 3" in line and line.endswith("MISSED  hypercall 1.50x, iret 1.20x"), line


def case_modules():
    def in_dom0(setup, machine, samples, side):
        del setup, machine, samples, side
    module = types.ModuleType("bench_of_a_test")
    module.GROUP, module.in_dom0 = "extra", in_dom0
    module.ROWS = [rows.Row("extra-row", "extra", "us", 1.0, "a row of another file")]
    sys.modules[module.__name__] = module
    rows.MODULES.append(module.__name__)
    try:
        assert rows.load_modules()["extra"] is module
        rows.load_modules()
        assert rows.GROUPS[-1] == "extra" and rows.ROWS.count(module.ROWS[0]) == 1
        assert bench.wanted_groups("extra-row") == ["extra"]
    finally:
        rows.MODULES.remove(module.__name__)
        rows.GROUPS.remove("extra")
        rows.ROWS.remove(module.ROWS[0])


def case_json():
    samples = sampled()
    with tempfile.TemporaryDirectory() as d:
        path = os.path.join(d, "sub", "bench.json")
        report.write_json(path, report.facts(rounds=2), report.results(samples), samples)
        with open(path, encoding="utf-8") as f:
            data = json.load(f)
    assert data["facts"]["rounds"] == 2 and "qemu" in data["facts"]
    assert data["samples_ns"]["hypercall"]["ours"] == [[100.4, 95.0, 101.0], [99.0]]


def case_selection():
    assert bench.wanted_groups("") == rows.GROUPS
    assert bench.wanted_groups("^(tools|store)$") == ["tools", "store"]
    assert bench.wanted_groups("^iret$") == ["tiny"]
    assert not bench.wanted_groups("nonsense")


def case_rows():
    modules = rows.load_modules()
    for name, module in modules.items():
        assert hasattr(module, "run") != hasattr(module, "in_dom0"), name
        assert all(r.group == name for r in module.ROWS), name
    names = [r.name for r in rows.ROWS]
    assert len(names) == len(set(names))
    assert all(r.unit in rows.UNITS for r in rows.ROWS)


def main():
    cases = [(n[5:], f) for n, f in globals().items() if n.startswith("case_")]
    bad = 0
    print(f"1..{len(cases)}")
    for number, (name, case) in enumerate(cases, 1):
        try:
            case()
            print(f"ok {number} - {name}")
        except AssertionError as why:
            bad += 1
            print(f"not ok {number} - {name}\n# {why}")
    return 1 if bad else 0


sys.exit(main())
