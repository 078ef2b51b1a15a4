/* SPDX-License-Identifier: GPL-2.0-only */
/* param.h: options of the hypervisor's command line, each a row of one table (common/param.c).
 * man/xen-cmdline.7 documents every row. */
#ifndef HV_PARAM_H
#define HV_PARAM_H

#include <hv/types.h>

/* bytes + percent of all there is; minus: all but that. All zero: not given. */
struct mem_amount {
	uint64_t bytes;
	unsigned int percent;
	bool minus;
};

enum param_tristate { PARAM_UNSET, PARAM_OFF, PARAM_ON };
enum param_stamps { STAMPS_NONE, STAMPS_DATE, STAMPS_DATEMS, STAMPS_BOOT, STAMPS_RAW };
enum param_reboot { REBOOT_ANY, REBOOT_ACPI, REBOOT_PCI, REBOOT_KEYBOARD, REBOOT_TRIPLE };
enum param_nmi { NMI_DOM0, NMI_IGNORE, NMI_FATAL };

/* Why the machine came to a bad end. */
enum crash_reason { CRASH_PANIC, CRASH_HWDOM, CRASH_WATCHDOG, CRASH_KEXECCMD, CRASH_DEBUGKEY, NR_CRASH_REASONS };

struct boot_params {
	char console[32];              /* console=com1,vga */
	char com1[64], com2[64];       /* com1=115200,8n1 */
	uint64_t conring_size;         /* bytes that are kept of what was printed; 0: not given */
	enum param_stamps console_timestamps;
	bool vga_keep;                 /* the screen is written to when dom0 runs, too */
	bool vga_mode;                 /* a mode was asked for, which only the boot loader sets */
	struct mem_amount dom0_mem;    /* none: all but what the hypervisor needs */
	struct mem_amount dom0_mem_min, dom0_mem_max;
	unsigned int dom0_min_vcpus, dom0_max_vcpus; /* max 0: one for each CPU */
	bool dom0_vcpus_pin;           /* dom0's vcpu N runs on CPU N alone */
	unsigned int loglvl, guest_loglvl; /* 0 none .. 4 all */
	char sched[16];
	char conswitch[3];             /* conswitch=: Ctrl- this changes where typed bytes go; x: dom0 is not first */
	char crash_debug[NR_CRASH_REASONS][32]; /* crash-debug-REASON=: keys pressed then */
	unsigned int maxcpus;          /* 0: no limit */
	bool noreboot;
	enum param_reboot reboot;      /* the way that is tried first */
	bool smt_off;                  /* one thread of each core only */
	bool sync_console;
	enum param_tristate x2apic;    /* unset: as firmware left it */
	enum param_nmi nmi;            /* nmi=: what becomes of the board's NMIs */
	bool watchdog;                 /* shows CPUs that make no progress, and panics */
	unsigned int watchdog_timeout; /* seconds */
	bool numa_off;                 /* numa=off: one node whatever ACPI says */
	unsigned int numa_fake;        /* numa=fake=N: so many invented ones */
	bool efi_no_rs;                /* efi=no-rs: firmware's runtime services are left alone */
	bool pv_linear_pt;             /* page-table entries may refer to tables of their own level */
	unsigned int gnttab_max_ver;   /* gnttab=max-ver:N: grant tables' versions that domains may have */
	bool gnttab_transitive;        /* gnttab=transitive: version 2's transitive grants are obeyed */
	unsigned int gnttab_max_frames, gnttab_max_maptrack_frames; /* of dom0, and who has no other wish */
	unsigned int tbuf_size;        /* tbuf_size=: pages of each CPU's trace buffer, 0: none at boot */
	unsigned int tevt_mask;        /* tevt_mask=: the events traced then, 0: all */
	uint64_t low_mem_virq_limit;   /* free memory below: dom0 is told; 0: never */
	uint64_t mem_limit;            /* mem=: RAM above is left out */
	char cpuid[256];               /* features to hide, by name: cpuid=no-avx,... */
	char dom0_cpuid[256];          /* from dom0 only */
};
extern struct boot_params boot_params;
extern char saved_cmdline[1024];       /* as given; XENVER_commandline */

/* Parses "a=b c d=e"; unknown words are reported when the console is up, not fatal. */
void params_parse(const char *cmdline);
void params_report_unknown(void);
/* One word, "name=value", later on: 0, -ENOENT, -EINVAL, -ERANGE. */
int param_set(char *word);
const char *param_level_name(unsigned int level); /* of loglvl= */
/* "512M", "1G", "64k": bytes. *ret_end after it. */
uint64_t parse_size(const char *s, const char **ret_end);

/* dom0_param.c: the values of dom0_mem= and dom0_max_vcpus=; -EINVAL. */
int param_dom0_mem(const char *value);
int param_dom0_max_vcpus(const char *value);
/* Bytes, of `total` there are. */
uint64_t mem_amount_of(const struct mem_amount *a, uint64_t total);
static inline bool mem_amount_given(const struct mem_amount *a) { return a->bytes || a->percent || a->minus; }
/* How many vcpus dom0 gets on a machine with `cpus`; at least 1, not above `most`. */
unsigned int dom0_vcpu_count(unsigned int cpus, unsigned int most);

#endif
