/* SPDX-License-Identifier: GPL-2.0-only */
/* arch.h: all that common/ asks of an architecture. Each function is linked in from
 * arch/ARCH; arch/host implements it with fakes. Context is hypercall context unless said. */
#ifndef HV_ARCH_H
#define HV_ARCH_H

#include <hv/types.h>
#include <hv/cpumask.h>

struct domain;
struct vcpu;
struct page;
struct vcpu_guest_context;
struct xen_domctl;
struct xen_sysctl;
struct xen_domctl_createdomain;
struct xen_domctl_getdomaininfo;

/* --- CPUs, interrupts between them, time -------------------------------------------------- */

enum arch_ipi { IPI_SOFTIRQ, IPI_CALL, IPI_FLUSH_TLB };
/* Makes the CPUs look at their pending softirqs (waking those that halt). Any context. */
void arch_send_ipi(const struct cpumask *m, enum arch_ipi what);
/* Runs fn(data) on the CPUs of m (this one too if in it) and, if wait, returns when all have.
 * Interrupts on. */
void arch_on_cpus(const struct cpumask *m, void (*fn)(void *), void *data, bool wait);
/* One turn of a loop that waits for another CPU. With interrupts off (irqs_on false) it answers what the
 * other may itself be waiting for meanwhile, with a lock held: a request to flush the TLB. */
void arch_relax(bool irqs_on);
/* Programs this CPU's one-shot timer; a time in the past fires at once. Interrupts off. */
void arch_timer_program(s_time_t deadline);
void arch_timer_disable(void);
/* Physical CPU facts for sysctl. */
unsigned int arch_cpu_khz(void);
unsigned int arch_cpu_to_node(unsigned int cpu);
/* A bit for each node, from 0 on, of which there are at most MAX_NODES. */
unsigned long arch_nodes(void);
/* The node of an address, and where that stops being so. */
unsigned int arch_ram_node(paddr_t p, paddr_t *ret_end);
/* Frames from a node's first to its last; how far it is to another, 10 to itself, ~0: no way. */
unsigned long arch_node_pages(unsigned int node);
unsigned int arch_node_distance(unsigned int a, unsigned int b);
unsigned int arch_cpu_to_core(unsigned int cpu);
unsigned int arch_cpu_to_socket(unsigned int cpu);
void arch_machine_halt(void) __noreturn;
void arch_machine_restart(unsigned int delay_ms) __noreturn;
void arch_machine_poweroff(void) __noreturn;
void arch_dump_state(void);      /* registers and backtrace of this CPU; any context */
void arch_dump_all_cpus(void);   /* debug key */

/* --- domains and vcpus -------------------------------------------------------------------- */

/* For real domains, not the idle one, DOMID_XEN and DOMID_IO (arch_vcpu_create() for idle vcpus too).
 * Called first: d->shared_info is there, event channels and grants are not yet. */
int arch_domain_create(struct domain *d, const struct xen_domctl_createdomain *cfg);
/* The last reference is gone, or creation failed, perhaps before or in arch_domain_create(). */
void arch_domain_destroy(struct domain *d);
/* Lets go of guest memory and mappings; -ERESTART: again. */
int arch_domain_relinquish(struct domain *d);
int arch_vcpu_create(struct vcpu *v);
void arch_vcpu_destroy(struct vcpu *v);
/* Loads / reads a context as VCPUOP_initialise and domctl do. v is paused or down. */
int arch_vcpu_set_context(struct vcpu *v, const struct vcpu_guest_context *c);
int arch_vcpu_get_context(struct vcpu *v, struct vcpu_guest_context *ret_c);
int arch_vcpu_reset(struct vcpu *v);
/* The domain is about to be seen as shut down by SCHEDOP_shutdown (suspend): nothing or -Exxx. */
void arch_domain_shutdown(struct domain *d);
void arch_domain_resume(struct domain *d);
void arch_domain_getinfo(struct domain *d, struct xen_domctl_getdomaininfo *info);

/* Puts away the state of prev, which is in this CPU, and goes to next (never equal); calls
 * sched_context_saved(prev) as soon as prev's state is in memory. This and the next two do not return
 * on x86 (the stack is reused); interrupts off. */
void arch_context_switch(struct vcpu *prev, struct vcpu *next);
/* Goes to the idle vcpu; the state of prev stays in the CPU. */
void arch_context_leave(struct vcpu *prev, struct vcpu *idle);
/* From the idle vcpu to v, whose state has stayed in the CPU. */
void arch_context_return(struct vcpu *v);
/* The idle vcpu runs: puts away v's state, which has stayed in the CPU. Interrupts off. */
void arch_context_save(struct vcpu *v);
/* Same vcpu goes on: return to it. */
void arch_continue_running(struct vcpu *same);
/* Events: upcall_pending was set (by common). Kick v if it runs elsewhere. Any context. */
void arch_vcpu_kick(struct vcpu *v);
/* True if the guest of v has events enabled and one pending. */
bool arch_vcpu_event_pending(const struct vcpu *v);
/* SCHEDOP_block enables event delivery. */
void arch_vcpu_enable_events(struct vcpu *v);
/* Fills in and publishes v's vcpu_time_info / d's wall clock. */
void arch_update_vcpu_time(struct vcpu *v);
void arch_update_wallclock(struct domain *d);
uint64_t arch_wallclock(void); /* ns since 1970; 0: not known yet */
/* Writes v->runstate to v->runstate_guest; v is current. If the guest's program runs and its tables
 * do not map it, that is made up for on the way to the guest's kernel. */
void arch_update_runstate_area(struct vcpu *v);
/* The current vcpu's NMI handler, 0 for none: nmi_op. -EINVAL. */
long arch_nmi_callback(unsigned long address);
/* VCPUOP sub-operations, domctls, sysctls and memory ops that are the arch's; -ENOSYS unknown. */
long arch_vcpu_op(unsigned int cmd, struct vcpu *v, unsigned long guest_arg);
/* ret_copyback: the structure goes back to the caller. */
long arch_domctl(struct domain *d, struct xen_domctl *op, bool *ret_copyback);
long arch_sysctl(struct xen_sysctl *op, bool *ret_copyback);
long arch_memory_op(unsigned int cmd, unsigned long guest_arg, unsigned long arg[]);
bool arch_vm_assist_valid(unsigned int type);
/* Text for XENVER_capabilities, XENVER_platform_parameters' virt_start, features of submap i. */
void arch_capabilities(char *buf, size_t size);
unsigned long arch_platform_virt_start(const struct domain *d);
uint32_t arch_get_features(const struct domain *d, unsigned int submap);
void arch_physinfo_hw_cap(uint32_t hw_cap[8]);
/* The linker's number of this image, and how many bytes it has; 0: there is none. */
extern const char *const arch_build_config; /* lines of what it was built with */
uint32_t arch_build_id(const void **ret_id);

/* --- memory -------------------------------------------------------------------------------- */

/* Guest frame to machine frame of d (identity for PV); INVALID_MFN. */
mfn_t arch_gfn_to_mfn(struct domain *d, gfn_t gfn);
/* Machine-to-physical table entry of a frame. */
void arch_m2p_set(mfn_t m, unsigned long gfn);
unsigned long arch_m2p_get(mfn_t m);
#define INVALID_M2P_ENTRY (~0UL)
/* Populate: frame m is now gfn of d (PV: only the M2P changes). Remove: the reverse. */
int arch_physmap_add(struct domain *d, gfn_t gfn, mfn_t m, unsigned int order);
void arch_physmap_remove(struct domain *d, gfn_t gfn, mfn_t m, unsigned int order);
/* Writable type reference (with a general one) on a page of d; put is the counterpart. */
bool arch_get_page_writable(struct page *pg, struct domain *d) __must_check;
void arch_put_page_writable(struct page *pg);
/* Another than d's own vcpus has written to frame m of d, and does so no longer: for whom it
 * concerns that d's memory changed (log-dirty mode). Any context. */
void arch_page_dirtied(struct domain *d, mfn_t m);
/* A page goes to / comes back from a domain: TLB bookkeeping before its contents are reused. */
void arch_page_assigned(struct page *pg);
void arch_page_freed(struct page *pg);
/* Before newly allocated pages are handed out: no CPU may still have stale translations. */
void arch_page_alloc_flush(struct page *pg, unsigned int order);
/* A xenheap page becomes visible to d: owner, type, one allocated reference. */
void arch_share_page(void *virt, struct domain *d, bool writable);
/* The counterpart at teardown: takes the allocated reference away. */
void arch_unshare_page(void *virt);
/* Is this frame memory, or may d map it as I/O. */
bool arch_mfn_is_ram(mfn_t m);
/* Highest frame + 1 (XENMEM_maximum_ram_page). */
unsigned long arch_max_page(void);

/* Grants: map frame at the caller's host_addr (a virtual address, or the machine address of a
 * PTE with GNTMAP_contains_pte), unmap it (new_addr for unmap_and_replace). GNTST_*.
 * Before map the caller has taken a reference of the frame (and unless GNTMAP_readonly a writable
 * type reference); the new PTE stands for it, no other is taken; what the PTE held before is
 * dropped. Unmap removes the PTE (GNTST_general_error if it does not map `frame`, as when the
 * guest overwrote it, which dropped the reference) and takes no reference away: the caller does,
 * after arch_gnttab_flush(). */
int arch_gnttab_map(uint64_t host_addr, mfn_t frame, unsigned int flags);
int arch_gnttab_unmap(uint64_t host_addr, mfn_t frame, uint64_t new_addr, unsigned int flags);
/* Writes what the caches have of n bytes, all in one page, back to memory. */
void arch_cache_clean(const void *p, size_t n);
/* No CPU keeps translations of d that were unmapped before. */
void arch_gnttab_flush(struct domain *d);

/* --- physical interrupts for guests ----------------------------------------------------------- */

unsigned int arch_nr_pirqs(const struct domain *d);
int arch_pirq_bind(struct vcpu *v, unsigned int pirq, bool will_share);
void arch_pirq_unbind(struct domain *d, unsigned int pirq);
void arch_pirq_unmask(struct domain *d, unsigned int pirq); /* event unmasked: EOI if waited for */
void arch_pirq_set_affinity(struct domain *d, unsigned int pirq, unsigned int cpu);

#endif
