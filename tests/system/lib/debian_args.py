# SPDX-License-Identifier: GPL-2.0-only
"""debian_args.py: words for the kernel of a whole Debian guest.

What an emulated machine need not spend its time on: drivers for what a guest does not have, file systems that
nothing looks at. And systemd is not to lose its patience with a busy host."""

IDLE_UNITS = ["modprobe@configfs.service", "modprobe@dm_mod.service", "modprobe@drm.service",
              "modprobe@efi_pstore.service", "modprobe@fuse.service", "modprobe@loop.service",
              "sys-fs-fuse-connections.mount", "sys-kernel-config.mount", "sys-kernel-debug.mount",
              "sys-kernel-tracing.mount", "dev-mqueue.mount", "systemd-pstore.service", "e2scrub_reap.service",
              "apt-daily.timer", "apt-daily-upgrade.timer", "getty@tty1.service"]
IDLE_MODULES = ["pcspkr", "evdev", "cryptd", "aesni_intel", "crypto_simd", "crct10dif_pclmul", "crc32_pclmul",
                "ghash_clmulni_intel", "sha512_ssse3", "sha256_ssse3", "sha1_ssse3", "kvm", "kvm_amd", "kvm_intel",
                "intel_rapl_msr", "intel_rapl_common", "binfmt_misc"]
ARGS = " ".join(["systemd.default_timeout_start_sec=3600", "systemd.service_watchdogs=no",
                 "modprobe.blacklist=" + ",".join(IDLE_MODULES), *("systemd.mask=" + u for u in IDLE_UNITS)])
