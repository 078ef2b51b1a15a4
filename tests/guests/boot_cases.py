# SPDX-License-Identifier: GPL-2.0-only
"""All cases about the hypervisor's own start, each a boot of a second or less, in the order of the files."""

from importlib import import_module

from cases import CASES, LONG_CASES

__all__ = ["CASES", "LONG_CASES"]

for name in ("boot_machines", "boot_options", "boot_crash", "boot_errors", "boot_firmware", "boot_console"):
    import_module(name)
