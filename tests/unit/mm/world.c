/* SPDX-License-Identifier: GPL-2.0-only */
/* world.c: frames, CPUs with TLBs, domains, and all that mm/ asks of the rest of the hypervisor.
 * Threads are CPUs. References and page lists are the real ones (common/page.c, domheap.c). */
#include <sched.h>
#include <sys/mman.h>
#include <stdlib.h>
#include <stdio.h>
#include "world.h"
#include <hv/guest_access.h>
#include <hv/param.h>
#include <hv/softirq.h>
#include <hv/trace.h>
#include <asm/ports.h>
#include "../../../hypervisor/common/page-private.h"

__thread struct vcpu *fake_current;
__thread unsigned int fake_cpu;
static __thread uint64_t random_state = 88172645463325252ULL;
static __thread unsigned long cr3;
long percpu_offsets[NR_CPUS];
unsigned long max_page = WORLD_FRAMES, hv_phys_offset;
pte_t idle_l4[PT_ENTRIES];
struct boot_params boot_params = { .pv_linear_pt = true };
struct domain *hardware_domain, *dom_io, *dom_xen, *world_domains[8];
struct vcpu *idle_vcpu[NR_CPUS];
unsigned int world_preempt, world_crashes;

static struct page_list free_list = PAGE_LIST_INIT;
static struct spinlock free_lock;

#define TLB_SIZE 64
static struct tlb { struct tlb_entry e[TLB_SIZE]; unsigned int n; } tlbs[WORLD_CPUS];
static struct vcpu *running[WORLD_CPUS];

void world_seed(unsigned int seed)
{
	random_state = 88172645463325252ULL ^ (seed + 1) * 0x9e3779b97f4a7c15ULL;
}

uint32_t world_random(uint32_t below)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return below ? (uint32_t)(random_state >> 16) % below : 0;
}

/* --- what the rest of the hypervisor provides --------------------------------------------------- */

unsigned long frame_pieces[FRAME_PIECES / 64] = { 1 };
static_assert(WORLD_FRAMES <= 1UL << FRAME_PIECE_SHIFT, "in the first piece of the frame table");
bool hypercall_preempt_check(void) { return world_preempt && !world_random(world_preempt); }
struct domain *domain_get_by_id(domid_t id) { return id < 8 ? world_domains[id] : NULL; }
void domain_get(struct domain *d) { __atomic_fetch_add(&d->refcnt, 1, __ATOMIC_SEQ_CST); }
void domain_put(struct domain *d) { __atomic_fetch_sub(&d->refcnt, 1, __ATOMIC_SEQ_CST); }
void domain_crash_reason(struct domain *d, const char *file, int line) { world_crashes++; }
void load_ldt_vcpu(struct vcpu *v) {}
void pv_inject_exception(unsigned int vector, long error_code) {}
unsigned int arch_cpu_to_node(unsigned int cpu) { return 0; }
unsigned long arch_nodes(void) { return 1; }
unsigned long domain_nodes(struct domain *d) { return 1; }

void printk(const char *fmt, ...)
{
	va_list ap;

	if (!getenv("MM_VERBOSE"))
		return;
	va_start(ap, fmt);
	(vprintf)(fmt, ap);
	va_end(ap);
}

void panic(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(vfprintf)(stderr, fmt, ap);
	abort();
}

void bug(const char *file, int line, const char *what)
{
	panic("%s:%d: %s\n", file, line, what);
}

void *xzalloc_bytes(size_t size, size_t align) { return calloc(1, size); }
void xfree(void *p) { free(p); }
void pv_write_owed_areas(struct vcpu *v) { }
void scrub_page(struct page *pg) { memset(page_to_virt(pg), 0, PAGE_SIZE); }
bool trace_on;
void trace_words(uint32_t event, bool timed, const uint32_t *words, unsigned int n) { }
bool ports_are_denied(unsigned int first, unsigned int last) { return false; }

void spin_lock_init(struct spinlock *l, enum lock_level level) { l->head = 0; }
bool spin_is_locked(const struct spinlock *l) { return l->head; }
bool spin_trylock(struct spinlock *l) { return !__atomic_exchange_n(&l->head, 1, __ATOMIC_ACQUIRE); }
void spin_unlock(struct spinlock *l) { __atomic_store_n(&l->head, 0, __ATOMIC_RELEASE); }

void spin_lock(struct spinlock *l)
{
	while (!spin_trylock(l))
		cpu_relax();
}

void spin_lock_irqs_off(struct spinlock *l)
{
	spin_lock(l);
}

/* The guests' address space is the process's own. */
size_t copy_from_guest_raw(void *dst, const void *guest, size_t n) { memcpy(dst, guest, n); return 0; }
size_t copy_to_guest_raw(void *guest, const void *src, size_t n) { memcpy(guest, src, n); return 0; }
bool guest_range_ok(const void *p, size_t n) { return (unsigned long)p < 0x800000000000UL; }
bool guest_pointer_ok(const void *p) { (void)p; return true; } /* guests here pass the process's own addresses */

/* --- heap ------------------------------------------------------------------------------------ */

/* Nobody claims memory here. */
int heap_claim(struct domain *d, unsigned long pages) { return 0; }
void heap_claim_used(struct domain *d, long pages) { }

struct page *heap_alloc(unsigned int order, unsigned int memflags, bool scrub, const struct domain *d)
{
	struct page *pg;

	spin_lock(&free_lock);
	pg = order ? NULL : page_list_pop(&free_list);
	spin_unlock(&free_lock);
	if (!pg)
		return NULL;
	arch_page_alloc_flush(pg, 0);
	arch_m2p_set(page_to_mfn(pg), mfn_x(page_to_mfn(pg))); /* any number will do */
	pg->count_info = 0;
	pg->type_info = 0;
	memset(page_to_virt(pg), 0, PAGE_SIZE);
	return pg;
}

bool heap_one_node = true;
unsigned int heap_node_of(const struct page *pg) { return 0; }

static void free_one(struct page *pg)
{
	if (pg->count_info)
		panic("freed with references\n");
	for (unsigned int i = 0; i < ARRAY_SIZE(world_domains); i++)
		if (world_domains[i])
			dirty_forget(world_domains[i], mfn_x(page_to_mfn(pg)));
	pg->owner = 0;
	arch_page_freed(pg);
	/* Whoever still looks at it finds rubbish. */
	memset(page_to_virt(pg), 0xa4, PAGE_SIZE);
	pg->count_info = PGC_free;
	spin_lock(&free_lock);
	page_list_add(pg, &free_list); /* soon used again */
	spin_unlock(&free_lock);
}

void heap_free(struct page *pg, unsigned int order, const struct domain *last)
{
	for (unsigned int i = 0; i < 1U << order; i++)
		free_one(pg + i);
}

unsigned long world_free_frames(void)
{
	return free_list.count;
}

/* --- CPUs ------------------------------------------------------------------------------------ */

unsigned long read_cr3(void) { return cr3; }

void write_cr3(unsigned long v)
{
	cr3 = v;
	tlbs[fake_cpu].n = 0;
}

void invlpg(unsigned long va)
{
	struct tlb *t = &tlbs[fake_cpu];
	unsigned int i;

	for (i = 0; i < t->n; i++)
		if (t->e[i].va >> PAGE_SHIFT == va >> PAGE_SHIFT)
			t->e[i--] = t->e[--t->n];
}

/* With one thread each CPU answers at once; with several they look when they wait. */
bool world_threaded;

void cpu_relax(void)
{
	flush_ipi();
	if (world_threaded)
		sched_yield(); /* whom it waits for may have no CPU of the host */
}

void sched_state_unwanted(void) { }

void arch_send_ipi(const struct cpumask *m, enum arch_ipi what)
{
	unsigned int self = fake_cpu, cpu;
	unsigned long saved = cr3;

	if (world_threaded)
		return;
	for_each_cpu(cpu, m) {
		fake_cpu = cpu;
		flush_ipi();
	}
	fake_cpu = self;
	cr3 = saved;
}

void world_run(unsigned int cpu, struct vcpu *v)
{
	struct vcpu *old = running[cpu];

	fake_cpu = cpu;
	fake_current = v;
	running[cpu] = v;
	if (old == v)
		return;
	cpumask_set(cpu, &v->domain->arch.dirty_cpumask);
	v->is_running = true;
	v->processor = cpu;
	write_ptbase(v);
	if (old)
		old->is_running = false;
	if (old && old->domain != v->domain)
		cpumask_clear(cpu, &old->domain->arch.dirty_cpumask);
}

/* Its vcpus leave their CPUs; with several threads nobody may ask for it. */
void domain_pause(struct domain *d)
{
	unsigned int cpu, self = fake_cpu;
	unsigned long saved = cr3;

	for (cpu = 0; cpu < WORLD_CPUS; cpu++) {
		if (!running[cpu] || running[cpu]->domain != d)
			continue;
		fake_cpu = cpu;
		running[cpu]->is_running = false;
		running[cpu] = NULL;
		switch_cr3(virt_to_paddr(idle_l4));
		cpumask_clear(cpu, &d->arch.dirty_cpumask);
	}
	fake_cpu = self;
	cr3 = saved;
}

void domain_unpause(struct domain *d) { }
void evtchn_mark_dirty(struct domain *d) { }
void grant_table_mark_dirty(struct domain *d) { }

struct vcpu *world_running(unsigned int cpu)
{
	return running[cpu];
}

const struct tlb_entry *tlb_of(unsigned int cpu, unsigned int *ret_count)
{
	*ret_count = tlbs[cpu].n;
	return tlbs[cpu].e;
}

/* The CPU's walk of the tables it has loaded. */
static bool walk(struct vcpu *v, vaddr_t va, bool write, struct tlb_entry *ret)
{
	static const unsigned int shift[] = { L4_SHIFT, L3_SHIFT, L2_SHIFT, L1_SHIFT };
	mfn_t m = paddr_to_mfn(v->arch.cr3);
	unsigned int i;
	bool rw = true;

	for (i = 0; i < 4; i++) {
		pte_t *p = (pte_t *)mfn_to_virt(m) + ((va >> shift[i]) & 511), e = READ_ONCE(*p);

		if (!(e & PTE_P) || !(e & PTE_US) || (write && !(e & PTE_RW)) ||
		    !__atomic_compare_exchange_n(p, &e, e | PTE_A, false, __ATOMIC_SEQ_CST,
			    __ATOMIC_SEQ_CST))
			return false;
		rw = rw && (e & PTE_RW);
		m = pte_mfn(e);
		if (i < 3 && !mfn_valid(m))
			panic("CPU %u walks into frame %lx\n", fake_cpu, mfn_x(m));
	}
	*ret = (struct tlb_entry){ va & PAGE_MASK, m, rw, v->domain,
		mfn_valid(m) ? page_owner(mfn_to_page(m)) : NULL };
	return true;
}

/* In log-dirty mode: an address that the guest's own tables map, by way of page faults. */
static void tlb_fill_shadowed(struct tlb *t, struct vcpu *v, vaddr_t va)
{
	bool write = world_random(2);
	unsigned int tries;

	for (tries = 0; tries < 4; tries++) {
		uint32_t code = write ? 2 : 0;

		if (walk(v, va, write, &t->e[t->n])) {
			t->n++;
			return;
		}
		if (!shadow_fault(v, va, &code))
			return;
	}
}

void tlb_fill(unsigned int cpu)
{
	static const unsigned int shift[] = { L4_SHIFT, L3_SHIFT, L2_SHIFT, L1_SHIFT };
	struct tlb *t = &tlbs[cpu];
	struct vcpu *v = running[cpu];
	unsigned int i, tries;
	bool rw = true;
	vaddr_t va = 0;
	mfn_t m;

	if (!v || is_idle_vcpu(v) || t->n == TLB_SIZE)
		return;
	m = paddr_to_mfn(v->arch.cr3);
	if (v->domain->arch.logdirty)
		m = v->arch.in_kernel || mfn_eq(v->arch.guest_table_user, INVALID_MFN) ?
			v->arch.guest_table : v->arch.guest_table_user;
	for (i = 0; i < 4; i++) {
		pte_t *table = mfn_to_virt(m), e = 0;
		unsigned int slot = 0;

		for (tries = 0; tries < 16 && !(e & PTE_P); tries++) {
			slot = world_random(4) ? world_random(8) : world_random(512);
			if (i == 0 && slot >= 256 && slot <= 271)
				continue;
			e = table[slot];
		}
		if (!(e & PTE_P) || !(e & PTE_US))
			return;
		rw = rw && (e & PTE_RW);
		/* As the CPU does it: only if the entry is still what it was. */
		if (!v->domain->arch.logdirty && !__atomic_compare_exchange_n(&table[slot], &e,
			    e | PTE_A | (i == 3 && rw ? PTE_D : 0), false, __ATOMIC_SEQ_CST,
			    __ATOMIC_SEQ_CST))
			return;
		va |= (vaddr_t)slot << shift[i];
		m = pte_mfn(e);
		if (i < 3 && !mfn_valid(m))
			panic("CPU %u walks into frame %lx\n", cpu, mfn_x(m));
	}
	if (v->domain->arch.logdirty) {
		tlb_fill_shadowed(t, v, va);
		return;
	}
	t->e[t->n++] = (struct tlb_entry){ va, m, rw, v->domain,
		mfn_valid(m) ? page_owner(mfn_to_page(m)) : NULL };
}

/* --- domains --------------------------------------------------------------------------------- */

static void map_area(unsigned long at, size_t len)
{
	void *p = mmap((void *)at, len, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE | MAP_NORESERVE, -1, 0);

	if (p != (void *)at)
		panic("cannot map %lx\n", at);
}

extern char __start_percpu[], __stop_percpu[];
static char percpu_copy[WORLD_CPUS][256] __aligned(64);

static struct domain *pseudo_domain(domid_t id)
{
	struct domain *d;

	d = page_to_virt(heap_alloc(0, 0, true, NULL));
	static_assert(sizeof(struct domain) <= PAGE_SIZE, "a domain is one frame here");
	virt_to_page(d)->count_info = PGC_xen_heap;
	d->domain_id = id;
	d->refcnt = 1;
	spin_lock_init(&d->page_lock, LOCK_PAGE_LIST);
	page_list_init(&d->page_list);
	page_list_init(&d->xenpage_list);
	return d;
}

void world_init(unsigned int seed)
{
	unsigned int i;

	map_area(FRAMETABLE_VIRT_START, WORLD_FRAMES * sizeof(struct page));
	map_area(RDWR_M2P_VIRT_START, WORLD_FRAMES * sizeof(unsigned long));
	map_area(DIRECTMAP_VIRT_START, (size_t)WORLD_FRAMES * PAGE_SIZE);
	world_seed(seed);
	for (i = 0; i < WORLD_CPUS; i++) {
		size_t len = __stop_percpu - __start_percpu;

		if (len > sizeof(percpu_copy[0]))
			panic("per-CPU section too large\n");
		percpu_offsets[i] = i ? percpu_copy[i] - __start_percpu : 0;
		cpumask_set(i, &cpu_online_map);
		cpumask_set(i, &cpu_running_map);
	}
	for (i = HYPERVISOR_VIRT_FIRST_SLOT; i <= HYPERVISOR_VIRT_LAST_SLOT; i++)
		idle_l4[i] = mk_pte(mk_mfn(WORLD_FRAMES + i), PTE_HV);
	for (i = FIRST_RAM; i < WORLD_FRAMES; i++) {
		frame_table[i].count_info = PGC_free;
		page_list_add_tail(&frame_table[i], &free_list);
	}
	dom_io = pseudo_domain(DOMID_IO);
	dom_xen = pseudo_domain(DOMID_XEN);
	for (i = 0; i < FIRST_RAM; i++) { /* as paging_claim_holes() has them; what is no memory is not mapped */
		page_set_owner(&frame_table[i], dom_io);
		frame_table[i].count_info = PGC_allocated | 1;
		frame_table[i].type_info = PGT_writable_page | PGT_validated | 1;
	}
	if (mprotect(mfn_to_virt(mk_mfn(0)), FIRST_RAM * PAGE_SIZE, PROT_NONE))
		panic("cannot unmap the I/O frames\n");
	idle_vcpu[0] = calloc(1, sizeof(struct vcpu));
	idle_vcpu[0]->domain = pseudo_domain(DOMID_IDLE);
	fake_current = idle_vcpu[0];
	/* What the first domain leaves allocated for good. */
	world_kill(world_domain(7, false, 1, 0));
}

static struct shared_info world_shared_info = { .arch = { .max_pfn = WORLD_FRAMES - 1 } };

struct domain *world_domain(domid_t id, bool privileged, unsigned int vcpus, unsigned int pages)
{
	struct domain *d = pseudo_domain(id);
	struct vcpu **link = NULL;
	unsigned int i;

	d->is_privileged = d->arch.io_all = privileged;
	d->max_pages = ~0UL;
	d->shared_info = &world_shared_info;
	d->max_vcpus = vcpus;
	d->vcpu = calloc(vcpus, sizeof(d->vcpu[0]));
	if (perdomain_init(d))
		panic("perdomain_init\n");
	for (i = 0; i < vcpus; i++) {
		struct vcpu *v = calloc(1, sizeof(*v));

		v->vcpu_id = i;
		v->domain = d;
		v->arch.in_kernel = true;
		if (perdomain_vcpu_init(v))
			panic("perdomain_vcpu_init\n");
		d->vcpu[i] = v;
		if (link)
			*link = v;
		link = &v->next_in_list;
	}
	for (i = 0; i < pages; i++)
		if (!alloc_domheap_pages(d, 0, 0))
			panic("no page for d%u\n", id);
	world_domains[id] = d;
	if (privileged)
		hardware_domain = d;
	return d;
}

void world_kill(struct domain *d)
{
	unsigned int i;
	struct vcpu *v, *next;

	for (i = 0; i < WORLD_CPUS; i++)
		if (running[i] && running[i]->domain == d) {
			fake_cpu = i;
			running[i] = NULL;
			write_cr3(0);
			cpumask_clear(i, &d->arch.dirty_cpumask);
		}
	fake_current = idle_vcpu[0];
	d->is_dying = DOMDYING_dying;
	while (mm_domain_relinquish(d) == -ERESTART)
		;
	world_domains[d->domain_id] = NULL;
	for (v = d->vcpu[0]; v; v = next) {
		next = v->next_in_list;
		free(v);
	}
	free(d->vcpu);
	logdirty_destroy(d);
	perdomain_free(d);
	if (d->tot_pages)
		panic("d%u: %lu pages left\n", d->domain_id, d->tot_pages);
	virt_to_page(d)->count_info = 0;
	heap_free(virt_to_page(d), 0, NULL);
}
