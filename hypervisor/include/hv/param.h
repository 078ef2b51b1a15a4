/* SPDX-License-Identifier: GPL-2.0-only */
/* param.h: options of the hypervisor's command line, each a row of one table (common/param.c).
 * man/xen-cmdline.7 documents every row. */
#ifndef HV_PARAM_H
#define HV_PARAM_H

#include <hv/types.h>

struct boot_params {
	char console[32];              /* console=com1 */
	char com1[64];                 /* com1=115200,8n1 */
	uint64_t dom0_mem;             /* bytes; 0: all but what the hypervisor needs */
	uint64_t dom0_mem_min, dom0_mem_max;
	unsigned int dom0_max_vcpus;   /* 0: one for each CPU */
	unsigned int loglvl, guest_loglvl; /* 0 none .. 4 all */
	char sched[16];
	unsigned int maxcpus;          /* 0: no limit */
	bool noreboot;
	bool sync_console;
	bool efi_no_rs;                /* efi=no-rs: firmware's runtime services are left alone */
	uint64_t mem_limit;            /* mem=: RAM above is left out */
	char cpuid[128];               /* features to hide, by name: cpuid=no-avx,... */
};
extern struct boot_params boot_params;
extern char saved_cmdline[1024];       /* as given; XENVER_commandline */

/* Parses "a=b c d=e"; unknown words are reported when the console is up, not fatal. */
void params_parse(const char *cmdline);
void params_report_unknown(void);
/* "512M", "1G", "64k": bytes. *ret_end after it. */
uint64_t parse_size(const char *s, const char **ret_end);

#endif
