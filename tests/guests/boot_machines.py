# SPDX-License-Identifier: GPL-2.0-only
"""Cases about what the hypervisor starts on and with: loaders, CPUs, nodes, amounts of memory."""

import os
import random

from cases import CASES, LONG_CASES, Case, case
from lab import CONSOLE, finish, grub_iso
from machine import DEADLINE, Failed, Machine

# --- loaders --------------------------------------------------------------------------------------


GUEST_ARGS = "root=/dev/nothing quiet a=1,2 last"


def grub_boot(lab, name, kernel, module):
    options = CONSOLE + "dom0_mem=64M"
    iso = grub_iso(lab, name, [f"{kernel} /xen placeholder {options}",
                               f"{module} /guest placeholder {GUEST_ARGS}"])
    with Machine(lab.log(name), ["-cdrom", iso, "-boot", "d"], cpu=lab.cpu) as m:
        finish(m, rf"command line: {options}$", rf"^# kernel arguments: {GUEST_ARGS}$")


@case
def grub_multiboot2(lab):
    grub_boot(lab, "grub_multiboot2", "multiboot2", "module2")


@case
def grub_multiboot1(lab):
    grub_boot(lab, "grub_multiboot1", "multiboot", "module")


@case
def dom0_arguments(lab):
    """QEMU's loader puts the file's name first: that is no argument."""
    lab.boots_well("dom0_arguments", r"^# kernel arguments: one two=2 three$",
                   modules=[lab.guest + " one two=2 three"])


@case
def dom0_no_arguments(lab):
    lab.boots_well("dom0_no_arguments", r"^# kernel arguments: $")


@case
def dom0_initramfs(lab):
    data = lab.file("initramfs", bytes(range(256)) * 20 + b"end")
    lab.boots_well("dom0_initramfs", r"^# module: 5123 bytes, sum 653111$", modules=[lab.guest, data])


# --- machines -------------------------------------------------------------------------------------


def machine_case(name, *patterns, **kwargs):
    CASES.append(Case(name, lambda lab: lab.boots_well(name, *patterns, **kwargs)))


machine_case("cpus_1", r"smp: 1 of 1 CPUs up", r"dom0: 64 MiB, 1 vcpu", cpus=1)
machine_case("cpus_2", r"smp: 2 of 2 CPUs up", r"dom0: 64 MiB, 2 vcpus", cpus=2)
machine_case("cpus_4", r"smp: 4 of 4 CPUs up", r"dom0: 64 MiB, 4 vcpus", cpus=4)
machine_case("maxcpus_1", r"smp: 1 of 1 CPUs up, 1 left out by maxcpus=1", r"dom0: 64 MiB, 1 vcpu",
             options="dom0_mem=64M maxcpus=1")
machine_case("smt_off", r"smp: 2 second threads of cores left out by smt=off$", r"smp: 2 of 2 CPUs up$",
             options="dom0_mem=64M smt=off", cpus="4,sockets=1,cores=2,threads=2")
machine_case("nosmp", r"smp: 1 of 1 CPUs up, 1 left out by maxcpus=1$", options="dom0_mem=64M nosmp")
machine_case("maxcpus_more", r"smp: 2 of 2 CPUs up$", options="dom0_mem=64M maxcpus=7")
machine_case("dom0_max_vcpus_1", r"smp: 2 of 2 CPUs up", r"dom0: 64 MiB, 1 vcpu",
             options="dom0_mem=64M dom0_max_vcpus=1")
machine_case("cpus_8", r"smp: 8 of 8 CPUs up", r"dom0: 64 MiB, 8 vcpus", cpus=8)
machine_case("dom0_max_vcpus_32", r"smp: 2 of 2 CPUs up", r"dom0: 64 MiB, 32 vcpus",
             options="dom0_mem=64M dom0_max_vcpus=32 dom0_vcpus_pin")
machine_case("dom0_max_vcpus_range", r"dom0: 64 MiB, 5 vcpus", options="dom0_mem=64M dom0_max_vcpus=5-9")
machine_case("machine_q35", r"smp: 2 of 2 CPUs up", more=["-machine", "q35"])
machine_case("machine_no_hpet", r"acpi: .* HPET 0, ", r"time: TSC ", r"smp: 2 of 2 CPUs up",
             more=["-machine", "pc,hpet=off"])


@case
def machine_no_acpi(lab):
    """One CPU and no way to switch off, but a dom0."""
    with lab.boot("machine_no_acpi", more=["-machine", "pc,acpi=off,hpet=off"]) as m:
        m.expect(r"acpi: no tables found: one CPU, no I/O interrupts$")
        m.expect(r"dom0: 64 MiB, 1 vcpu")
        m.expect(r"^# guest done, 0 failed$")
        m.expect(r"The machine can be switched off now\.$")


for model in ("qemu64", "max", "EPYC", "Skylake-Server"):
    machine_case("model_" + model, cpu=model)


# --- event counters -----------------------------------------------------------------------------------


def profile(lab, name, arguments, **kwargs):
    guest = os.path.join(os.path.dirname(lab.guest), "xenoprof")
    return lab.boot(name, modules=[f"{guest} {arguments}"], **kwargs)


def no_counters(lab, model):
    with profile(lab, "no_counters_" + model, "none=1", cpu=model) as m:
        finish(m)


for model in ("EPYC", "Skylake-Server"):
    CASES.append(Case("no_counters_" + model, lambda lab, model=model: no_counters(lab, model)))


@case
def counter_nmi(lab):
    """QEMU's counters always look as if they had run out: an NMI makes a sample."""
    with profile(lab, "counter_nmi", "nmi=1", cpus=1, qmp=lab.work + "/qmp-nmi") as m:
        m.expect(r"^# waiting for an NMI")
        m.monitor("nmi")
        finish(m)


# --- many vcpus on few CPUs, all at once ----------------------------------------------------------------


def stress(lab, name, cpus, vcpus, rounds, threads="multi"):
    seed = random.randrange(1000000)  # the guest prints it: smp.c
    guest = os.path.join(os.path.dirname(lab.guest), "smp")
    lab.boots_well(name, rf"dom0: 64 MiB, {vcpus} vcpu", rf"^# {vcpus} vcpus, ",
                   options=f"dom0_mem=64M dom0_max_vcpus={vcpus}", cpus=cpus, threads=threads,
                   modules=[f"{guest} seed={seed} rounds={rounds}"])


@case
def smp_parallel(lab):
    """CPUs that really run at the same time."""
    stress(lab, "smp_parallel", 2, 4, 25)


@case
def kill_parallel(lab):
    """Domains destroyed in the middle of hypercalls, by a CPU that really runs meanwhile."""
    guest = os.path.join(os.path.dirname(lab.guest), "kill")
    lab.boots_well("kill_parallel", threads="multi", modules=[guest],
                   options="dom0_mem=64M watchdog watchdog_timeout=30")


@case
def smp_32_vcpus(lab):
    stress(lab, "smp_32_vcpus", 3, 32, 30, threads="single")


def long_stress(cpus, vcpus, rounds, threads, times):
    name = f"smp_{vcpus}_on_{cpus}_{threads}"

    def run(lab):
        for _ in range(times):
            stress(lab, name, cpus, vcpus, rounds, threads)
    LONG_CASES.append(Case(name, run))


long_stress(2, 2, 1000, "multi", 2)
long_stress(2, 8, 200, "multi", 2)
long_stress(4, 4, 200, "multi", 2)
long_stress(4, 32, 2000, "single", 2)
long_stress(8, 8, 1000, "single", 2)


def random_parallel(cpus):
    """Random calls of dom0's vcpu and of a domain's two, which really are made at the same time."""
    def run(lab):
        seed = random.randrange(1000000)
        guest = os.path.join(os.path.dirname(lab.guest), "random")
        lab.boots_well(f"random_on_{cpus}_multi", rf"^# seed {seed}$", cpus=cpus, threads="multi",
                       options="dom0_mem=64M watchdog watchdog_timeout=60",
                       modules=[f"{guest} seed={seed} seconds={DEADLINE * 0.7:.0f}"])
    LONG_CASES.append(Case(f"random_on_{cpus}_multi", run))


random_parallel(2)
random_parallel(4)


def start_often(lab):
    """CPUs come up, whatever the order in which they get on."""
    for threads in ("multi", "single"):
        for _ in range(50):
            lab.boots_well("start_often", r"smp: 8 of 8 CPUs up", cpus=8, threads=threads)


LONG_CASES.append(Case("start_often", start_often))


def numa_case(name, nodes, arguments, qemu=True, options=""):
    """So many nodes of 256 MiB and two CPUs each; the guest looks at what it is told."""
    def run(lab):
        more = []
        for i in range(nodes if qemu else 0):
            more += ["-object", f"memory-backend-ram,id=m{i},size=256M",
                     "-numa", f"node,memdev=m{i},cpus={2 * i}-{2 * i + 1}"]
        for i in range(nodes if qemu else 0):
            for j in range(i):
                more += ["-numa", f"dist,src={j},dst={i},val=31"]
        guest = os.path.join(os.path.dirname(lab.guest), "numa")
        lab.boots_well(name, memory=f"{256 * nodes}M", cpus=2 * nodes, more=more,
                       modules=[f"{guest} {arguments}"], options="dom0_mem=64M " + options)
    CASES.append(Case(name, run))


numa_case("numa_2", 2, "nodes=2 cpus=2 far=31")
numa_case("numa_4", 4, "nodes=4 cpus=2 far=31")
numa_case("numa_off", 2, "nodes=1", options="numa=off")
numa_case("numa_fake", 3, "nodes=3 cpus=2 far=20", qemu=False, options="numa=fake=3")


def memory_case(name, low, high, dom0, **kwargs):
    """The summary counts RAM, not the hole below 4 GiB; dom0 gets between `dom0` MiB and all of it."""
    def run(lab):
        with lab.boot(name, **kwargs) as m:
            mib = int(m.expect(r"memory: (\d+) MiB, \d+ MiB free$").group(1))
            if not low <= mib <= high:
                raise Failed(f"{mib} MiB of RAM counted, not {low} to {high}")
            got = int(m.expect(r"dom0: (\d+) MiB").group(1))
            if not dom0 <= got < mib:
                raise Failed(f"dom0 has {got} of {mib} MiB")
            finish(m)
    CASES.append(Case(name, run))


memory_case("memory_256M", 255, 256, 64, memory="256M")
memory_case("memory_64M", 63, 64, 16, memory="64M", options="")
memory_case("memory_256M_all", 255, 256, 150, memory="256M", options="")
memory_case("memory_6G", 6142, 6144, 64, memory="6G")
memory_case("memory_6G_all", 6142, 6144, 5500, memory="6G", options="")
memory_case("memory_16G", 16382, 16384, 64, memory="16G")
memory_case("memory_16G_all", 16382, 16384, 15000, memory="16G", options="")
memory_case("memory_limited", 255, 256, 64, options="dom0_mem=64M mem=256M")
