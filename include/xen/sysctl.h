/* SPDX-License-Identifier: MIT */
/* sysctl: control of the machine, for the toolstack. */
#ifndef XEN_SYSCTL_H
#define XEN_SYSCTL_H

#include "xen.h"
#include "domctl.h"
#include "physdev.h"

/* Compared for equality: any other value is -EACCES. */
#define XEN_SYSCTL_INTERFACE_VERSION	0x15

/* The console ring. @index: in, where to go on (incremental); out, where this ended. */
struct xen_sysctl_readconsole {
	uint8_t clear;	/* empty the ring afterwards */
	uint8_t incremental;
	uint8_t pad0, pad1;
	uint32_t index;
	XEN_GUEST_HANDLE_64(char) buffer;
	uint32_t count;	/* in: size, out: bytes */
};

/* Trace buffers. */
#define XEN_SYSCTL_TBUFOP_get_info	0
#define XEN_SYSCTL_TBUFOP_set_cpu_mask	1
#define XEN_SYSCTL_TBUFOP_set_evt_mask	2
#define XEN_SYSCTL_TBUFOP_set_size	3
#define XEN_SYSCTL_TBUFOP_enable	4
#define XEN_SYSCTL_TBUFOP_disable	5

struct xen_sysctl_tbuf_op {
	uint32_t cmd;
	struct xenctl_bitmap cpu_mask;
	uint32_t evt_mask;
	uint64_t buffer_mfn;
	uint32_t size;
};

/* physinfo: capabilities. */
#define XEN_SYSCTL_PHYSCAP_hvm			(1U << 0)
#define XEN_SYSCTL_PHYSCAP_pv			(1U << 1)
#define XEN_SYSCTL_PHYSCAP_directio		(1U << 2)
#define XEN_SYSCTL_PHYSCAP_hap			(1U << 3)
#define XEN_SYSCTL_PHYSCAP_shadow		(1U << 4)
#define XEN_SYSCTL_PHYSCAP_iommu_hap_pt_share	(1U << 5)
#define XEN_SYSCTL_PHYSCAP_vmtrace		(1U << 6)
#define XEN_SYSCTL_PHYSCAP_vpmu			(1U << 7)
#define XEN_SYSCTL_PHYSCAP_gnttab_v1		(1U << 8)
#define XEN_SYSCTL_PHYSCAP_gnttab_v2		(1U << 9)
#define XEN_SYSCTL_PHYSCAP_MAX			XEN_SYSCTL_PHYSCAP_gnttab_v2

struct xen_sysctl_physinfo {
	uint32_t threads_per_core;
	uint32_t cores_per_socket;
	uint32_t nr_cpus;
	uint32_t max_cpu_id;
	uint32_t nr_nodes;
	uint32_t max_node_id;
	uint32_t cpu_khz;	/* kHz */
	uint32_t capabilities;
	uint32_t arch_capabilities;
	uint32_t pad;
	uint64_t total_pages;
	uint64_t free_pages;
	uint64_t scrub_pages;
	uint64_t outstanding_pages;
	uint64_t max_mfn;
	uint32_t hw_cap[8];
};

struct xen_sysctl_sched_id {
	uint32_t sched_id;
};

/* Performance counters. */
#define XEN_SYSCTL_PERFCOP_reset	1
#define XEN_SYSCTL_PERFCOP_query	2

struct xen_sysctl_perfc_desc {
	char name[80];
	uint32_t nr_vals;
};
typedef struct xen_sysctl_perfc_desc xen_sysctl_perfc_desc_t;
DEFINE_XEN_GUEST_HANDLE(xen_sysctl_perfc_desc_t);

typedef uint32_t xen_sysctl_perfc_val_t;
DEFINE_XEN_GUEST_HANDLE(xen_sysctl_perfc_val_t);

struct xen_sysctl_perfc_op {
	uint32_t cmd;
	uint32_t nr_counters;
	uint32_t nr_vals;
	XEN_GUEST_HANDLE_64(xen_sysctl_perfc_desc_t) desc;
	XEN_GUEST_HANDLE_64(xen_sysctl_perfc_val_t) val;
};

/* Up to @max_domains entries from @first_domain on; @num_domains is OUT. */
struct xen_sysctl_getdomaininfolist {
	domid_t first_domain;
	uint32_t max_domains;
	XEN_GUEST_HANDLE_64(xen_domctl_getdomaininfo_t) buffer;
	uint32_t num_domains;
};

/* Keys as if typed on the console. */
struct xen_sysctl_debug_keys {
	XEN_GUEST_HANDLE_64(const_char) keys;
	uint32_t nr_keys;
};

/* Idle time of each cpu in ns; @nr_cpus is OUT. */
struct xen_sysctl_cpuinfo {
	uint64_t idletime;
};
typedef struct xen_sysctl_cpuinfo xen_sysctl_cpuinfo_t;
DEFINE_XEN_GUEST_HANDLE(xen_sysctl_cpuinfo_t);

struct xen_sysctl_getcpuinfo {
	uint32_t max_cpus;
	XEN_GUEST_HANDLE_64(xen_sysctl_cpuinfo_t) info;
	uint32_t nr_cpus;
};

/* Free memory with this address width (0: any) on this node (-1: all). */
struct xen_sysctl_availheap {
	uint32_t min_bitwidth;
	uint32_t max_bitwidth;
	int32_t node;
	uint64_t avail_bytes;	/* OUT */
};

/* Frequency and idle-state statistics of a cpu. */
struct pm_px_val {
	uint64_t freq;
	uint64_t residency;
	uint64_t count;
};
typedef struct pm_px_val pm_px_val_t;
DEFINE_XEN_GUEST_HANDLE(pm_px_val_t);

struct pm_px_stat {
	uint8_t total;
	uint8_t usable;
	uint8_t last;
	uint8_t cur;
	XEN_GUEST_HANDLE_64(uint64) trans_pt;
	XEN_GUEST_HANDLE_64(pm_px_val_t) pt;
};

struct pm_cx_stat {
	uint32_t nr;
	uint32_t last;
	uint64_t idle_time;
	XEN_GUEST_HANDLE_64(uint64) triggers;
	XEN_GUEST_HANDLE_64(uint64) residencies;
	uint32_t nr_pc;
	uint32_t nr_cc;
	XEN_GUEST_HANDLE_64(uint64) pc;
	XEN_GUEST_HANDLE_64(uint64) cc;
};

#define PMSTAT_CATEGORY_MASK	0xf0
#define PMSTAT_PX		0x10
#define PMSTAT_CX		0x20
#define PMSTAT_get_max_px	0x11
#define PMSTAT_get_pxstat	0x12
#define PMSTAT_reset_pxstat	0x13
#define PMSTAT_get_max_cx	0x21
#define PMSTAT_get_cxstat	0x22
#define PMSTAT_reset_cxstat	0x23

struct xen_sysctl_get_pmstat {
	uint32_t type;
	uint32_t cpuid;
	union {
		struct pm_px_stat getpx;
		struct pm_cx_stat getcx;
	} u;
};

/* cpu_hotplug: op. */
#define XEN_SYSCTL_CPU_HOTPLUG_ONLINE		0
#define XEN_SYSCTL_CPU_HOTPLUG_OFFLINE		1
#define XEN_SYSCTL_CPU_HOTPLUG_SMT_ENABLE	2
#define XEN_SYSCTL_CPU_HOTPLUG_SMT_DISABLE	3

struct xen_sysctl_cpu_hotplug {
	uint32_t cpu;
	uint32_t op;
};

/* cpufreq. */
struct xen_userspace {
	uint32_t scaling_setspeed;
};

struct xen_ondemand {
	uint32_t sampling_rate_max;
	uint32_t sampling_rate_min;
	uint32_t sampling_rate;
	uint32_t up_threshold;
};

#define CPUFREQ_NAME_LEN	16

struct xen_get_cpufreq_para {
	uint32_t cpu_num;
	uint32_t freq_num;
	uint32_t gov_num;
	XEN_GUEST_HANDLE_64(uint32) affected_cpus;
	XEN_GUEST_HANDLE_64(uint32) scaling_available_frequencies;
	XEN_GUEST_HANDLE_64(char) scaling_available_governors;
	char scaling_driver[16];
	uint32_t cpuinfo_cur_freq;
	uint32_t cpuinfo_max_freq;
	uint32_t cpuinfo_min_freq;
	uint32_t scaling_cur_freq;
	char scaling_governor[16];
	uint32_t scaling_max_freq;
	uint32_t scaling_min_freq;
	union {
		struct xen_userspace userspace;
		struct xen_ondemand ondemand;
	} u;
	int32_t turbo_enabled;
};

struct xen_set_cpufreq_gov {
	char scaling_governor[16];
};

#define SCALING_MAX_FREQ	1
#define SCALING_MIN_FREQ	2
#define SCALING_SETSPEED	3
#define SAMPLING_RATE		4
#define UP_THRESHOLD		5

struct xen_set_cpufreq_para {
	uint32_t ctrl_type;
	uint32_t ctrl_value;
};

#define PM_PARA_CATEGORY_MASK				0xf0
#define CPUFREQ_PARA					0x10
#define GET_CPUFREQ_PARA				0x11
#define SET_CPUFREQ_GOV					0x12
#define SET_CPUFREQ_PARA				0x13
#define GET_CPUFREQ_AVGFREQ				0x14
#define XEN_SYSCTL_pm_op_set_sched_opt_smt		0x21
#define XEN_SYSCTL_pm_op_get_max_cstate			0x22
#define XEN_SYSCTL_pm_op_set_max_cstate			0x23
#define XEN_SYSCTL_pm_op_set_vcpu_migration_delay	0x24
#define XEN_SYSCTL_pm_op_get_vcpu_migration_delay	0x25
#define XEN_SYSCTL_pm_op_enable_turbo			0x26
#define XEN_SYSCTL_pm_op_disable_turbo			0x27
#define XEN_SYSCTL_CX_UNLIMITED				0xffffffffU

struct xen_sysctl_pm_op {
	uint32_t cmd;
	uint32_t cpuid;
	union {
		struct xen_get_cpufreq_para get_para;
		struct xen_set_cpufreq_gov set_gov;
		struct xen_set_cpufreq_para set_para;
		uint64_t get_avgfreq;
		uint32_t set_sched_opt_smt;
		uint32_t get_max_cstate;
		uint32_t set_max_cstate;
	} u;
};

/* Take pages out of use. */
#define sysctl_page_offline		1
#define sysctl_page_online		2
#define sysctl_query_page_offline	3

struct xen_sysctl_page_offline_op {
	uint32_t cmd;
	uint32_t start;
	uint32_t end;
	XEN_GUEST_HANDLE_64(uint32) status;
};

#define PG_OFFLINE_STATUS_MASK			0xffUL
#define PG_OFFLINE_INVALID			(1UL << 0)
#define PG_OFFLINE_OFFLINED			(1UL << 1)
#define PG_OFFLINE_PENDING			(1UL << 2)
#define PG_OFFLINE_FAILED			(1UL << 3)
#define PG_OFFLINE_AGAIN			(1UL << 4)
#define PG_ONLINE_FAILED			PG_OFFLINE_FAILED
#define PG_ONLINE_ONLINED			PG_OFFLINE_OFFLINED
#define PG_OFFLINE_STATUS_OFFLINED		(1UL << 1)
#define PG_OFFLINE_STATUS_ONLINE		(1UL << 2)
#define PG_OFFLINE_STATUS_OFFLINE_PENDING	(1UL << 3)
#define PG_OFFLINE_STATUS_BROKEN		(1UL << 4)
#define PG_OFFLINE_MISC_MASK			0xff0UL
#define PG_OFFLINE_XENPAGE			(1UL << 8)
#define PG_OFFLINE_DOM0PAGE			(1UL << 9)
#define PG_OFFLINE_ANONYMOUS			(1UL << 10)
#define PG_OFFLINE_NOT_CONV_RAM			(1UL << 11)
#define PG_OFFLINE_OWNED			(1UL << 12)
#define PG_OFFLINE_BROKEN			(1UL << 13)
#define PG_ONLINE_BROKEN			PG_OFFLINE_BROKEN
#define PG_OFFLINE_OWNER_SHIFT			16

/* cputopoinfo: a null list asks for the count. */
#define XEN_INVALID_CORE_ID	0xffffffffU
#define XEN_INVALID_SOCKET_ID	0xffffffffU
#define XEN_INVALID_NODE_ID	0xffffffffU

struct xen_sysctl_cputopo {
	uint32_t core;
	uint32_t socket;
	uint32_t node;
};
typedef struct xen_sysctl_cputopo xen_sysctl_cputopo_t;
DEFINE_XEN_GUEST_HANDLE(xen_sysctl_cputopo_t);

struct xen_sysctl_cputopoinfo {
	uint32_t num_cpus;
	XEN_GUEST_HANDLE_64(xen_sysctl_cputopo_t) cputopo;
};

/* numainfo: a null list asks for the count; distance is num_nodes squared. */
#define XEN_INVALID_MEM_SZ	0xffffffffU
#define XEN_INVALID_NODE_DIST	0xffffffffU

struct xen_sysctl_meminfo {
	uint64_t memsize;	/* bytes */
	uint64_t memfree;
};
typedef struct xen_sysctl_meminfo xen_sysctl_meminfo_t;
DEFINE_XEN_GUEST_HANDLE(xen_sysctl_meminfo_t);

struct xen_sysctl_numainfo {
	uint32_t num_nodes;
	XEN_GUEST_HANDLE_64(xen_sysctl_meminfo_t) meminfo;
	XEN_GUEST_HANDLE_64(uint32) distance;
};

/* Pools of cpus, each with its own scheduler. INFO: this pool or the next higher id. */
#define XEN_SYSCTL_CPUPOOL_OP_CREATE		1
#define XEN_SYSCTL_CPUPOOL_OP_DESTROY		2
#define XEN_SYSCTL_CPUPOOL_OP_INFO		3
#define XEN_SYSCTL_CPUPOOL_OP_ADDCPU		4
#define XEN_SYSCTL_CPUPOOL_OP_RMCPU		5
#define XEN_SYSCTL_CPUPOOL_OP_MOVEDOMAIN	6
#define XEN_SYSCTL_CPUPOOL_OP_FREEINFO		7
#define XEN_SYSCTL_CPUPOOL_PAR_ANY		0xffffffffU

struct xen_sysctl_cpupool_op {
	uint32_t op;
	uint32_t cpupool_id;
	uint32_t sched_id;
	uint32_t domid;
	uint32_t cpu;
	uint32_t n_dom;
	struct xenctl_bitmap cpumap;
};

/* Scheduler parameters of a pool. */
#define XEN_SYSCTL_SCHED_RATELIMIT_MAX		0x7a120
#define XEN_SYSCTL_SCHED_RATELIMIT_MIN		100
#define XEN_SYSCTL_CSCHED_TSLICE_MAX		1000
#define XEN_SYSCTL_CSCHED_TSLICE_MIN		1
#define XEN_SYSCTL_CSCHED_MGR_DLY_MAX_US	0x186a0

struct xen_sysctl_credit_schedule {
	uint32_t tslice_ms;
	uint32_t ratelimit_us;
	uint32_t vcpu_migr_delay_us;
};

struct xen_sysctl_credit2_schedule {
	uint32_t ratelimit_us;
};

#define XEN_SYSCTL_SCHEDOP_putinfo	0
#define XEN_SYSCTL_SCHEDOP_getinfo	1

struct xen_sysctl_scheduler_op {
	uint32_t cpupool_id;
	uint32_t sched_id;
	uint32_t cmd;
	union {
		struct xen_sysctl_sched_arinc653 {
			XEN_GUEST_HANDLE_64(void) schedule;
		} sched_arinc653;
		struct xen_sysctl_credit_schedule sched_credit;
		struct xen_sysctl_credit2_schedule sched_credit2;
	} u;
};

#define XEN_INVALID_DEV	0xfffffffeU

/* Node of each PCI device. */
struct xen_sysctl_pcitopoinfo {
	uint32_t num_devs;
	XEN_GUEST_HANDLE_64(physdev_pci_device_t) devs;
	XEN_GUEST_HANDLE_64(uint32) nodes;
};

#define XEN_SYSCTL_CPU_LEVELCAP_faulting	(1UL << 0)
#define XEN_SYSCTL_CPU_LEVELCAP_ecx		(1UL << 1)
#define XEN_SYSCTL_CPU_LEVELCAP_edx		(1UL << 2)
#define XEN_SYSCTL_CPU_LEVELCAP_extd_ecx	(1UL << 3)
#define XEN_SYSCTL_CPU_LEVELCAP_extd_edx	(1UL << 4)
#define XEN_SYSCTL_CPU_LEVELCAP_xsave_eax	(1UL << 5)
#define XEN_SYSCTL_CPU_LEVELCAP_thermal_ecx	(1UL << 6)
#define XEN_SYSCTL_CPU_LEVELCAP_l7s0_eax	(1UL << 7)
#define XEN_SYSCTL_CPU_LEVELCAP_l7s0_ebx	(1UL << 8)

/* Which CPUID leaves can be masked by hardware. */
struct xen_sysctl_cpu_levelling_caps {
	uint32_t caps;
};

#define XEN_SYSCTL_cpu_featureset_raw		0
#define XEN_SYSCTL_cpu_featureset_host		1
#define XEN_SYSCTL_cpu_featureset_pv		2
#define XEN_SYSCTL_cpu_featureset_hvm		3
#define XEN_SYSCTL_cpu_featureset_pv_max	4
#define XEN_SYSCTL_cpu_featureset_hvm_max	5

/* Feature bitmap; a null list asks for the length. */
struct xen_sysctl_cpu_featureset {
	uint32_t index;
	uint32_t nr_features;
	XEN_GUEST_HANDLE_64(uint32) features;
};

#define XEN_SYSCTL_cpu_policy_raw		0
#define XEN_SYSCTL_cpu_policy_host		1
#define XEN_SYSCTL_cpu_policy_pv_max		2
#define XEN_SYSCTL_cpu_policy_hvm_max		3
#define XEN_SYSCTL_cpu_policy_pv_default	4
#define XEN_SYSCTL_cpu_policy_hvm_default	5

/* A policy of the host; null lists ask for the lengths. */
struct xen_sysctl_cpu_policy {
	uint32_t index;
	uint32_t nr_leaves;
	uint32_t nr_msrs;
	uint32_t _rsvd;
	XEN_GUEST_HANDLE_64(xen_cpuid_leaf_t) leaves;
	XEN_GUEST_HANDLE_64(xen_msr_entry_t) msrs;
};
typedef struct xen_sysctl_cpu_policy xen_sysctl_cpu_policy_t;
DEFINE_XEN_GUEST_HANDLE(xen_sysctl_cpu_policy_t);

/* Patches of the running hypervisor. */
#define XEN_LIVEPATCH_NAME_SIZE		128

struct xen_livepatch_name {
	XEN_GUEST_HANDLE_64(char) name;
	uint16_t size;
	uint16_t pad[3];
};

#define XEN_SYSCTL_LIVEPATCH_UPLOAD	0

struct xen_sysctl_livepatch_upload {
	struct xen_livepatch_name name;
	uint64_t size;
	XEN_GUEST_HANDLE_64(uint8) payload;
};

#define XEN_SYSCTL_LIVEPATCH_GET	1
#define LIVEPATCH_STATE_CHECKED		1
#define LIVEPATCH_STATE_APPLIED		2

struct xen_livepatch_status {
	uint32_t state;
	int32_t rc;
};
typedef struct xen_livepatch_status xen_livepatch_status_t;
DEFINE_XEN_GUEST_HANDLE(xen_livepatch_status_t);

struct xen_sysctl_livepatch_get {
	struct xen_livepatch_name name;
	struct xen_livepatch_status status;
};

#define XEN_SYSCTL_LIVEPATCH_LIST	2

struct xen_sysctl_livepatch_list {
	uint32_t version;	/* changes when the list does */
	uint32_t idx;		/* where to start */
	uint32_t nr;		/* room in, patches left out */
	uint32_t pad;
	uint32_t name_total_size;
	uint32_t metadata_total_size;
	XEN_GUEST_HANDLE_64(xen_livepatch_status_t) status;
	XEN_GUEST_HANDLE_64(char) name;
	XEN_GUEST_HANDLE_64(uint32) len;
	XEN_GUEST_HANDLE_64(char) metadata;
	XEN_GUEST_HANDLE_64(uint32) metadata_len;
};

#define XEN_SYSCTL_LIVEPATCH_ACTION	3
#define LIVEPATCH_ACTION_UNLOAD		1
#define LIVEPATCH_ACTION_REVERT		2
#define LIVEPATCH_ACTION_APPLY		3
#define LIVEPATCH_ACTION_REPLACE	4
#define LIVEPATCH_ACTION_APPLY_NODEPS	(1 << 0)

struct xen_sysctl_livepatch_action {
	struct xen_livepatch_name name;
	uint32_t cmd;
	uint32_t timeout;
	uint32_t flags;
	uint32_t pad;
};

struct xen_sysctl_livepatch_op {
	uint32_t cmd;
	uint32_t pad;
	union {
		struct xen_sysctl_livepatch_upload upload;
		struct xen_sysctl_livepatch_list list;
		struct xen_sysctl_livepatch_get get;
		struct xen_sysctl_livepatch_action action;
	} u;
};

/* cmd values. */
#define XEN_SYSCTL_readconsole			1
#define XEN_SYSCTL_tbuf_op			2
#define XEN_SYSCTL_physinfo			3
#define XEN_SYSCTL_sched_id			4
#define XEN_SYSCTL_perfc_op			5
#define XEN_SYSCTL_getdomaininfolist		6
#define XEN_SYSCTL_debug_keys			7
#define XEN_SYSCTL_getcpuinfo			8
#define XEN_SYSCTL_availheap			9
#define XEN_SYSCTL_get_pmstat			10
#define XEN_SYSCTL_cpu_hotplug			11
#define XEN_SYSCTL_pm_op			12
#define XEN_SYSCTL_page_offline_op		14
#define XEN_SYSCTL_lockprof_op			15
#define XEN_SYSCTL_cputopoinfo			16
#define XEN_SYSCTL_numainfo			17
#define XEN_SYSCTL_cpupool_op			18
#define XEN_SYSCTL_scheduler_op			19
#define XEN_SYSCTL_coverage_op			20
#define XEN_SYSCTL_psr_cmt_op			21
#define XEN_SYSCTL_pcitopoinfo			22
#define XEN_SYSCTL_psr_alloc			23
#define XEN_SYSCTL_get_cpu_levelling_caps	25
#define XEN_SYSCTL_get_cpu_featureset		26
#define XEN_SYSCTL_livepatch_op			27
#define XEN_SYSCTL_get_cpu_policy		29

struct xen_sysctl {
	uint32_t cmd;
	uint32_t interface_version;
	union {
		struct xen_sysctl_readconsole readconsole;
		struct xen_sysctl_tbuf_op tbuf_op;
		struct xen_sysctl_physinfo physinfo;
		struct xen_sysctl_cputopoinfo cputopoinfo;
		struct xen_sysctl_pcitopoinfo pcitopoinfo;
		struct xen_sysctl_numainfo numainfo;
		struct xen_sysctl_sched_id sched_id;
		struct xen_sysctl_perfc_op perfc_op;
		struct xen_sysctl_getdomaininfolist getdomaininfolist;
		struct xen_sysctl_debug_keys debug_keys;
		struct xen_sysctl_getcpuinfo getcpuinfo;
		struct xen_sysctl_availheap availheap;
		struct xen_sysctl_get_pmstat get_pmstat;
		struct xen_sysctl_cpu_hotplug cpu_hotplug;
		struct xen_sysctl_pm_op pm_op;
		struct xen_sysctl_page_offline_op page_offline;
		struct xen_sysctl_cpupool_op cpupool_op;
		struct xen_sysctl_scheduler_op scheduler_op;
		struct xen_sysctl_cpu_levelling_caps cpu_levelling_caps;
		struct xen_sysctl_cpu_featureset cpu_featureset;
		struct xen_sysctl_cpu_policy cpu_policy;
		struct xen_sysctl_livepatch_op livepatch;
		uint8_t pad[128];
	} u;
};
typedef struct xen_sysctl xen_sysctl_t;
DEFINE_XEN_GUEST_HANDLE(xen_sysctl_t);

_Static_assert(sizeof(struct xen_sysctl) == 136, "ABI");
_Static_assert(offsetof(struct xen_sysctl, u) == 8, "ABI");
_Static_assert(sizeof(struct xen_sysctl_physinfo) == 112, "ABI");
_Static_assert(sizeof(struct xen_sysctl_cputopo) == 12, "ABI");

#endif /* XEN_SYSCTL_H */
