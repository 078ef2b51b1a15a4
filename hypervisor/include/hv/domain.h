/* SPDX-License-Identifier: GPL-2.0-only */
/* domain.h: domains and their vcpus.
 *
 * A domain is found by domid through RCU-less reference counting: domain_get() takes a reference
 * that keeps the structure, not the life, of the domain.
 * Life: created (paused by the toolstack) -> running -> shut down (shutdown_code) -> dying
 * (DOMDYING_dying while resources are let go, preemptibly) -> DOMDYING_dead -> freed with the
 * last reference. */
#ifndef HV_DOMAIN_H
#define HV_DOMAIN_H

#include <hv/types.h>
#include <hv/list.h>
#include <hv/page.h>
#include <hv/sched.h>
#include <hv/event.h>
#include <hv/grant.h>
#include <hv/timer.h>
#include <xen/xen.h>
#include <xen/vcpu.h>
#include <xen/domctl.h>
#include <asm/domain.h> /* struct arch_domain, struct arch_vcpu */

#define MAX_VIRT_CPUS  128
#define LEGACY_MAX_VCPUS 32 /* vcpu_info slots in shared_info */

enum domdying { DOMDYING_alive, DOMDYING_dying, DOMDYING_dead };

struct vcpu {
	unsigned int vcpu_id;
	unsigned int processor;            /* CPU it runs or last ran on, or is queued for */
	struct domain *domain;
	struct vcpu *next_in_list;

	struct vcpu_info *vcpu_info;       /* in shared_info, or mapped after register_vcpu_info */
	struct page *vcpu_info_page;       /* referenced while registered, else NULL */

	struct timer periodic_timer;
	struct timer singleshot_timer;
	struct timer poll_timer;
	s_time_t periodic_period, periodic_last_event;
	int poll_evtchn;                   /* >0 the port, 0 not polling, -1 several */

	/* scheduling */
	void *sched_priv;
	bool is_initialised;               /* has a context */
	bool is_running;                   /* its state is in a CPU, that is, in v->processor */
	bool give_up;                      /* and shall not stay there when it stops (sched.c) */
	unsigned long pause_flags[1];      /* VPF_* */
	uint32_t pause_count;              /* atomic */
	struct cpumask hard_affinity, soft_affinity;
	struct cpumask overridden_affinity; /* the hard one, while pin_override holds */
	bool pin_override;
	struct vcpu_runstate_info runstate;
	XEN_GUEST_HANDLE(vcpu_runstate_info_t) runstate_guest; /* registered, or null */
	bool paused_for_shutdown;

	evtchn_port_t virq_to_evtchn[NR_VIRQS]; /* d->ev.lock */
	struct vcpu_fifo fifo;

	struct arch_vcpu arch;
};

struct domain {
	domid_t domain_id;
	uint32_t serial;                   /* of all domains ever; 0: there were too many */
	uint32_t refcnt;                   /* atomic; the list holds one */
	struct list_head list;             /* all domains, by domid */
	struct domain *next_dead;          /* domain.c: without references, to be freed */
	uint8_t handle[16];                /* uuid */
	bool is_privileged;                /* dom0 */
	bool debugger_attached;            /* setdebugging: told by getdomaininfo */
	bool is_console;                   /* may use console_io */
	unsigned int options;              /* XEN_DOMCTL_CDF_* */

	struct shared_info *shared_info;   /* one xenheap page, shared with the guest */
	unsigned int max_vcpus;
	struct vcpu **vcpu;                /* [max_vcpus], NULL until made */

	struct spinlock page_lock;         /* LOCK_PAGE_LIST */
	struct page_list page_list;        /* guest memory */
	struct page_list xenpage_list;     /* hypervisor pages shared with it */
	unsigned long tot_pages, max_pages, outstanding_pages, xenheap_pages;

	struct spinlock hypercall_lock;    /* LOCK_HYPERCALL */

	struct domain_events ev;
	struct grant_table *grant;

	enum domdying is_dying;
	uint32_t pause_count;              /* atomic, any reason */
	int controller_pause_count;        /* toolstack's share */
	bool has_run;                      /* the toolstack has let it run once */
	struct spinlock shutdown_lock;     /* LOCK_SHUTDOWN */
	bool is_shutting_down, is_shut_down;
	int shutdown_code;                 /* SHUTDOWN_*, -1 none */

	struct domain_watchdogs *watchdogs; /* watchdog.c, NULL until one is used */
	uint64_t vm_assist;                /* bit per VMASST_TYPE_* */
	int64_t time_offset_seconds;
	unsigned long node_affinity;       /* setnodeaffinity: a bit per node, 0: its vcpus' nodes */
	struct prof_buffers *prof;         /* common/prof: samples; NULL until they are asked for */
	struct vnuma *vnuma;               /* memory/vnuma.c: virtual nodes, or NULL */
	unsigned long vcpus_nodes;         /* those, 0: to be found out */
	unsigned int last_node;            /* where its last pages are from */
	struct cpupool *pool;              /* whose CPUs it may use; NULL: a pseudo domain */
	void *sched_priv;

	struct arch_domain arch;
};

#define for_each_vcpu(d, v) \
	for ((v) = (d)->vcpu ? (d)->vcpu[0] : NULL; (v); (v) = (v)->next_in_list)

extern struct domain *hardware_domain; /* dom0 */
/* Pseudo owners: DOMID_XEN (hypervisor frames others may see), DOMID_IO (non-RAM). */
extern struct domain *dom_xen, *dom_io;
extern struct vcpu *idle_vcpu[];       /* [NR_CPUS] */
static inline bool is_idle_domain(const struct domain *d) { return d->domain_id == DOMID_IDLE; }
static inline bool is_idle_vcpu(const struct vcpu *v) { return is_idle_domain(v->domain); }

/* --- domain.c ---------------------------------------------------------------------------------- */

void domains_init(void);                /* idle, DOMID_XEN, DOMID_IO */
/* New domain with no vcpus, paused once by the toolstack; domid from the caller (free). */
int domain_create(domid_t domid, const struct xen_domctl_createdomain *cfg, bool privileged,
	struct domain **ret_d);
/* Lowest free domid above the last one given out (wraps); -ENFILE-like -ENOSPC if none. */
int domid_alloc(domid_t *ret_domid);
struct vcpu *vcpu_create(struct domain *d, unsigned int vcpu_id);
/* Reference to a live or dying domain by id; DOMID_SELF is the caller's business. NULL: none. */
struct domain *domain_get_by_id(domid_t domid);
/* First domain with an id >= domid, referenced, or NULL: for listings. */
struct domain *domain_get_next(domid_t domid);
void domain_get(struct domain *d);
void domain_put(struct domain *d);
/* Domctl's way: DOMID_SELF allowed; -ESRCH. */
int domain_lookup_remote(domid_t domid, struct domain **ret_d);
/* Lets go of everything, preemptibly: -ERESTART to be called again; 0 when the domain is dead.
 * Caller holds no lock. -EINVAL for dom0 and pseudo domains. */
int domain_kill(struct domain *d);
void domain_shutdown(struct domain *d, int reason); /* guest's or crash; raises VIRQ_DOM_EXC */
void domain_resume(struct domain *d);
/* The guest did something it cannot survive: logs, shuts down with SHUTDOWN_crash. Any context
 * with current or not. */
void domain_crash_reason(struct domain *d, const char *file, int line);
#define domain_crash(d) domain_crash_reason(d, __FILE__, __LINE__)
/* false: neither shared_info nor the guest has room for it yet; v must not run so. */
bool vcpu_has_info(const struct vcpu *v);
/* Copies the old vcpu_info into the page `gfn` at `offset` and uses it from then on. */
int vcpu_register_info(struct vcpu *v, gfn_t gfn, unsigned int offset);
void vcpu_unregister_info(struct vcpu *v);
/* Resets a vcpu to down (VCPUOP_down is not this). Its domain is paused, its hypercall_lock held. */
int vcpu_reset(struct vcpu *v);
void getdomaininfo(struct domain *d, struct xen_domctl_getdomaininfo *ret_info);

/* --- watchdog.c --------------------------------------------------------------------------------- */

/* SCHEDOP_watchdog of the caller's domain; returns the id of a new one. */
int domain_watchdog_set(struct domain *d, uint32_t id, uint32_t timeout_s);
/* The domain is dying and none of its vcpus runs: stops and frees its watchdogs. */
void domain_watchdogs_destroy(struct domain *d);
void vnuma_destroy(struct domain *d);

#endif
