# SPDX-License-Identifier: GPL-2.0-only
"""CPU models: dom0 and a guest on each; what dom0's kernel is told of the CPU."""

import os

import pytest

from corner import Corner
from dom0 import Dom0

# Emulated instructions are slow by bytes, and kernels are not told otherwise.
SLOW = "erms fsrm" if os.environ.get("ACCEL", "tcg") == "tcg" else ""
# Of a paravirtual kernel's CPU: there whenever the model has it, never there.
MODELS = {
    "qemu64": {"present": "pni cx16", "absent": "xsave avx"},
    "max": {"present": "xsave avx avx2 aes xgetbv1", "absent": f"fsgsbase {SLOW}"},
    "EPYC": {"present": "xsave avx avx2 aes"},
    "Skylake-Server": {"present": "xsave avx avx2 aes adx", "absent": SLOW},
}
NEVER = {"smep", "smap", "umip", "pku", "ospke", "la57", "xsaves", "pcid", "pge", "vme", "x2apic", "svm", "vmx"}


@pytest.mark.hv("ours")
@pytest.mark.tools("ours")
@pytest.mark.parametrize("model", MODELS)
def test_model(corner, pool, model):
    pool.close()                # one machine at a time
    hv, tools = corner.split("-")
    machine = Corner(hv, tools, image="system.cpio", cpu=model).boot(f"cpu-{model}")
    try:
        dom0 = Dom0(machine, hv, tools)
        flags = set(dom0.check("grep -m1 ^flags /proc/cpuinfo").split(":")[1].split())
        assert not flags & NEVER
        assert set(MODELS[model]["present"].split()) <= flags
        assert not set(MODELS[model].get("absent", "").split()) & flags
        dom0.tiny("small")
        dom0.says("small", "small is up")
        dom0.must("shutdown -w small")
    finally:
        machine.stop()
