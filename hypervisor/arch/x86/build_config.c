/* SPDX-License-Identifier: GPL-2.0-only */
/* build_config.c: what this hypervisor has been built with, in the form of 4.17's configuration. No locks. */
#include <hv/arch.h>
#include <hv/version.h>

#define AS_TEXT_(x) #x
#define AS_TEXT(x)  AS_TEXT_(x)

#ifdef DEBUG_BUILD
#define DEBUG_LINE "CONFIG_DEBUG=y\n"
#else
#define DEBUG_LINE "# CONFIG_DEBUG is not set\n"
#endif

const char *const arch_build_config =
	"#\n# Configuration of this build\n#\n"
	"CONFIG_X86_64=y\nCONFIG_X86=y\nCONFIG_64BIT=y\nCONFIG_NR_CPUS=" AS_TEXT(NR_CPUS) "\n"
	"CONFIG_PV=y\n# CONFIG_PV32 is not set\nCONFIG_PV_LINEAR_PT=y\n# CONFIG_HVM is not set\n"
	"CONFIG_GRANT_TABLE=y\nCONFIG_NUMA=y\nCONFIG_HAS_IOPORTS=y\nCONFIG_HYPFS=y\nCONFIG_HYPFS_CONFIG=y\n"
	"# CONFIG_KEXEC is not set\nCONFIG_XENOPROF=y\n# CONFIG_XSM is not set\n# CONFIG_ARGO is not set\n"
	"CONFIG_SCHED_CREDIT2=y\nCONFIG_SCHED_DEFAULT=\"credit2\"\n# CONFIG_LIVEPATCH is not set\n"
	"CONFIG_CMDLINE=\"\"\nCONFIG_DOM0_MEM=\"\"\nCONFIG_TRACEBUFFER=y\n"
	"CONFIG_ACPI=y\nCONFIG_ACPI_NUMA=y\nCONFIG_HAS_NS16550=y\nCONFIG_HAS_PCI=y\nCONFIG_HAS_PCI_MSI=y\n"
	"CONFIG_VIDEO=y\nCONFIG_VGA=y\n" DEBUG_LINE;
