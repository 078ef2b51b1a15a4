# SPDX-License-Identifier: GPL-2.0-only
"""What is measured: one row per measure. The order is that of the table.

MODULES names the files of this folder that bring groups of their own. Such a file has GROUP, a name;
ROWS, a list of Row with that group; and one of

    in_dom0(setup, machine, samples, side)   what is timed in the dom0 that the other groups use
    run(setup, samples, side)                what boots machines of its own

which hands its figures, in nanoseconds (or bytes) per operation, to samples.add(side, {name: [...]})
and raises report.Broken. side is "xen" (packaged Xen and xl) or "ours"; setup.quick(full, short)
chooses how long to go on."""

import importlib
from collections import namedtuple

MODULES = ["devices", "debian", "save", "migrate"]

# name: as the guests print it; group: what is run together; unit: of the figures; limit: the ratio
# to the packaged side that must be reached; most: the figure of ours that must be reached.
Row = namedtuple("Row", "name group unit limit what most", defaults=(None,))
UNITS = {"ns": 1.0, "us": 1e3, "ms": 1e6, "s": 1e9, "KiB": 1024.0, "MiB": 1048576.0}

ROWS = [
    Row("hypercall", "tiny", "ns", 1.0, "xen_version"),
    Row("multicall-32", "tiny", "ns", 1.0, "32 of them in a multicall"),
    Row("stack-switch", "tiny", "ns", 1.0, "stack_switch"),
    Row("segment-base", "tiny", "ns", 1.0, "set_segment_base"),
    Row("fpu-taskswitch", "tiny", "ns", 1.0, "fpu_taskswitch, on and off"),
    Row("yield-alone", "tiny", "ns", 1.0, "SCHEDOP_yield, nobody else there"),
    Row("set-timer", "tiny", "ns", 1.0, "set_timer_op"),
    Row("iret", "tiny", "ns", 1.0, "iret, kernel to kernel"),
    Row("exception", "tiny", "ns", 1.0, "int3 in the kernel, bounced, iret"),
    Row("page-fault", "tiny", "ns", 1.0, "page fault in the kernel, bounced, iret"),
    Row("syscall", "tiny", "ns", 1.0, "system call of user mode, and back"),
    Row("user-exception", "tiny", "ns", 1.0, "int3 in user mode, bounced, iret"),
    Row("user-page-fault", "tiny", "ns", 1.0, "page fault in user mode, bounced, iret"),
    Row("cpuid", "tiny", "ns", 1.0, "CPUID by the forced prefix"),
    Row("rdmsr", "tiny", "ns", 1.0, "RDMSR, emulated"),
    Row("wrmsr-fs-base", "tiny", "ns", 1.0, "WRMSR of FS_BASE, emulated"),
    Row("read-cr0", "tiny", "ns", 1.0, "MOV from CR0, emulated"),
    Row("port-in", "tiny", "ns", 1.0, "IN, emulated"),
    Row("mmu-update", "tiny", "ns", 1.0, "mmu_update, one entry"),
    Row("mmu-update-32", "tiny", "ns", 1.0, "mmu_update, 32 entries"),
    Row("update-va", "tiny", "ns", 1.0, "update_va_mapping, no flush"),
    Row("update-va-invlpg", "tiny", "ns", 1.0, "update_va_mapping with INVLPG"),
    Row("multicall-update-va-32", "tiny", "ns", 1.0, "32 update_va_mapping in a multicall"),
    Row("emulated-write", "tiny", "ns", 1.0, "store to a page table"),
    Row("emulated-xchg", "tiny", "ns", 1.0, "exchange on a page table"),
    Row("new-baseptr-pair", "tiny", "ns", 1.0, "NEW_BASEPTR there and back"),
    Row("tlb-flush", "tiny", "ns", 1.0, "TLB_FLUSH_LOCAL"),
    Row("invlpg", "tiny", "ns", 1.0, "INVLPG_LOCAL"),
    Row("pin-unpin-l1", "tiny", "ns", 1.0, "pin and unpin a full L1 table"),
    Row("balloon-page", "tiny", "ns", 1.0, "a page given back and taken again"),
    Row("grant-map-unmap", "tiny", "ns", 1.0, "map and unmap a grant"),
    Row("grant-copy-1500", "tiny", "ns", 1.0, "grant copy of 1500 bytes"),
    Row("event-send-masked", "tiny", "ns", 1.0, "event to oneself, upcalls masked"),
    Row("event-upcall", "tiny", "ns", 1.0, "event to oneself, upcall, iret"),
    Row("event-interdomain", "tiny", "ns", 1.0, "the same by an interdomain channel"),
    Row("yield-round-trip", "switch", "ns", 1.0, "two vcpus on a CPU take turns by yielding"),
    Row("event-round-trip", "switch", "ns", 1.0, "two vcpus on a CPU, block and event, there and back"),
    Row("domain-round-trip", "switch", "ns", 1.0, "two domains on a CPU, block and event, there and back"),
    Row("event-round-trip-2", "switch", "ns", 1.0, "two vcpus on two CPUs, block and event, there and back"),
    Row("yield-round-trip-2", "switch", "ns", 1.0, "two vcpus on two CPUs take turns by yielding"),
    Row("boot", "boot", "s", 1.0, "power-on to dom0's init"),
    Row("boot-ready", "boot", "s", 1.0, "power-on to the toolstack's daemons ready"),
    Row("hv-memory", "boot", "MiB", None, "hypervisor's memory on 3 GiB beyond frame table and M2P", 16),
    Row("hv-image", "boot", "KiB", None, "hypervisor's image", 1024),
    Row("create-paused", "tools", "ms", 1 / 3, "xm | xl create -p of a tiny guest"),
    Row("list", "tools", "ms", 0.1, "xm | xl list"),
    Row("destroy", "tools", "ms", 1.0, "xm | xl destroy of it"),
    Row("store-read", "store", "us", 1.0, "xenstore: read a node"),
    Row("store-write", "store", "us", 1.0, "xenstore: write a node"),
    Row("store-list", "store", "us", 1.0, "xenstore: list a folder"),
    Row("store-transaction", "store", "us", 1.0, "xenstore: read one, write two in a transaction"),
    Row("store-write+event", "store", "us", 1.0, "xenstore: write a node, get its watch's event"),
]

LINUX = [
    ("fork", "us", "fork, exit, wait"), ("exec", "us", "vfork, exec of a static program"),
    ("shell", "us", "sh -c 'exit 0'"), ("pipe", "us", "pipe between two processes, there and back"),
    ("hackbench", "us", "25 socket messages among 10 processes"),
    ("touch-page", "us", "mmap, touch, munmap: per page"), ("mprotect", "us", "mprotect of 16 pages, twice"),
    ("linux-syscall", "ns", "getppid"), ("linux-yield", "us", "sched_yield"),
    ("sleep-1ms", "us", "nanosleep of 1 ms"), ("cpu-1000", "us", "1000 rounds of arithmetic"),
]
for place in ("dom0", "guest"):
    ROWS += [Row(f"{place}-{n}", place, unit, 1.0, f"{place}: {what}") for n, unit, what in LINUX]

GROUPS = list(dict.fromkeys(row.group for row in ROWS))


def load_modules():
    """{group: module}; the first call adds their rows to the table."""
    found = {}
    for module in map(importlib.import_module, MODULES):
        found[module.GROUP] = module
        if module.GROUP not in GROUPS:
            ROWS.extend(module.ROWS)
            GROUPS.append(module.GROUP)
    return found
