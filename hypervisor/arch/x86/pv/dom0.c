/* SPDX-License-Identifier: GPL-2.0-only */
/* dom0.c: builds and starts dom0 from the boot modules: kernel, then initramfs.
 *
 * Guest-physical layout (pfn 0 upwards, dense): the kernel where it wants to be, start_info, page
 * tables, boot stack, up to a 4 MiB boundary with at least 512 KiB to spare; all of this is
 * mapped from VIRT_BASE. Behind it, not mapped there: the p2m list with the tables that map it at
 * INIT_P2M, then the initramfs. */
#include <hv/arch.h>
#include <hv/console.h>
#include <hv/domain.h>
#include <hv/lib.h>
#include <hv/param.h>
#include "pv.h"

#define SLACK (512UL << 10)
#define ALIGN (4UL << 20)
#define MAP_FLAGS (PTE_P | PTE_RW | PTE_US | PTE_A | PTE_D)

struct build {
	struct domain *d;
	struct dom0_elf elf;
	unsigned long nr_pages;
	unsigned long *p2m;             /* our copy, in dom0's own p2m pages once they exist */
	/* pfns */
	unsigned long start_info, pt_first, pt_count, stack, mapped_end;
	unsigned long p2m_first, p2m_count, p2m_pt_count, initrd, initrd_count;
	unsigned long next_pt;          /* allocator of table frames */
	unsigned long next_pt_end;
};

static mfn_t pfn_mfn(const struct build *b, unsigned long pfn)
{
	return mk_mfn(b->p2m[pfn]);
}

static void *pfn_virt(const struct build *b, unsigned long pfn)
{
	return mfn_to_virt(pfn_mfn(b, pfn));
}

/* --- sizes -------------------------------------------------------------------------------------- */

/* What must stay free when dom0 has `pages`: for the hypervisor, and for our copy of the p2m, whose
 * size is a power of two. */
static unsigned long kept_back(unsigned long pages)
{
	return 4096 + 2 * PFN_UP(pages * sizeof(unsigned long));
}

static unsigned long pages_of(const struct mem_amount *a, unsigned long avail)
{
	return mem_amount_of(a, (uint64_t)avail << PAGE_SHIFT) >> PAGE_SHIFT;
}

/* ret_max: how far dom0 may grow. */
static unsigned long dom0_pages(unsigned long *ret_max)
{
	unsigned long avail = heap_free_pages(), want, most;

	/* Leave room for the heap's own needs and small guests. */
	want = pages_of(&boot_params.dom0_mem, avail);
	if (!want)
		want = avail - min(max(avail / 16, 16384UL), avail / 2);
	want = max(want, pages_of(&boot_params.dom0_mem_min, avail));
	*ret_max = mem_amount_given(&boot_params.dom0_mem_max)
		? pages_of(&boot_params.dom0_mem_max, avail) : ~0UL >> 1;
	want = min(want, *ret_max);
	most = avail > kept_back(avail) ? avail - kept_back(avail) : 0;
	if (want > most)
		printk(LOG_WARN "dom0_mem: %lu MiB asked for, %lu MiB are free: dom0 gets %lu MiB\n",
			want >> 8, avail >> 8, most >> 8);
	return min(want, most);
}

/* Tables that map [va, va + len): L1, L2 and L3 pages. */
static unsigned long tables_for(unsigned long va, unsigned long len)
{
	unsigned long n = 0, shift;

	for (shift = L2_SHIFT; shift <= L4_SHIFT; shift += 9)
		n += ((va + len - 1) >> shift) - (va >> shift) + 1;
	return n;
}

static void plan(struct build *b, size_t initrd_len)
{
	unsigned long base = b->elf.virt_base, end = PFN_UP(b->elf.virt_end - base);
	unsigned long top, need;

	b->start_info = end;
	b->pt_first = end + 1;
	/* The tables map themselves: grow until they fit. */
	for (b->pt_count = 4;; b->pt_count++) {
		b->stack = b->pt_first + b->pt_count;
		top = ROUND_UP(base + ((b->stack + 1) << PAGE_SHIFT) + SLACK, ALIGN);
		if (1 + tables_for(base, top - base) <= b->pt_count)
			break;
	}
	b->mapped_end = (top - base) >> PAGE_SHIFT;
	b->p2m_first = b->mapped_end;
	b->p2m_count = PFN_UP(b->nr_pages * sizeof(unsigned long));
	b->p2m_pt_count = b->elf.has_init_p2m
		? tables_for(b->elf.init_p2m, b->p2m_count << PAGE_SHIFT) : 0;
	b->initrd = b->p2m_first + b->p2m_count + b->p2m_pt_count;
	b->initrd_count = PFN_UP(initrd_len);
	need = b->initrd + b->initrd_count + 1024;
	if (need > b->nr_pages) {
		need += need / 256; /* with more memory the p2m list grows */
		panic("dom0 has %lu MiB, its kernel and initramfs need %lu MiB: raise dom0_mem=",
			b->nr_pages >> 8, (need + 255) >> 8);
	}
}

/* --- memory ------------------------------------------------------------------------------------- */

/* All of dom0's frames in as large pieces as there are; mfns into a temporary array. */
static void allocate(struct build *b)
{
	unsigned int order = 18, tmp_order = 0, i;
	unsigned long pfn = 0;

	while ((1UL << tmp_order) < b->p2m_count)
		tmp_order++;
	b->p2m = alloc_xenheap_pages(tmp_order, 0);
	if (!b->p2m)
		panic("dom0: no memory for its p2m");
	while (pfn < b->nr_pages) {
		struct page *pg = NULL;

		while ((1UL << order) > b->nr_pages - pfn ||
			!(pg = alloc_domheap_pages(b->d, order, MEMF_no_scrub))) {
			if (!order)
				panic("dom0: out of memory at %lu of %lu pages", pfn, b->nr_pages);
			order--;
		}
		for (i = 0; i < 1U << order; i++, pfn++) {
			b->p2m[pfn] = mfn_x(page_to_mfn(pg + i));
			arch_m2p_set(mk_mfn(b->p2m[pfn]), pfn);
		}
	}
}

static struct page *next_table(void *ctx)
{
	struct build *b = ctx;

	if (b->next_pt >= b->next_pt_end)
		return NULL;
	return mfn_to_page(pfn_mfn(b, b->next_pt++));
}

static bool is_table(const struct build *b, unsigned long pfn)
{
	return pfn >= b->pt_first && pfn < b->pt_first + b->pt_count;
}

static mfn_t build_tables(struct build *b)
{
	struct dom0_pt pt = { .d = b->d, .alloc = next_table, .ctx = b };
	unsigned long pfn;
	int rc = 0;

	b->next_pt = b->pt_first;
	b->next_pt_end = b->pt_first + b->pt_count;
	pt.l4 = page_to_mfn(next_table(b));
	memset(mfn_to_virt(pt.l4), 0, PAGE_SIZE);
	for (pfn = 0; pfn < b->mapped_end && !rc; pfn++)
		rc = dom0_pt_map(&pt, b->elf.virt_base + (pfn << PAGE_SHIFT), pfn_mfn(b, pfn),
			is_table(b, pfn) ? MAP_FLAGS & ~PTE_RW : MAP_FLAGS);
	/* What is left over stays an empty, writable-nowhere page: harmless. */
	if (b->elf.has_init_p2m) {
		b->next_pt = b->p2m_first + b->p2m_count;
		b->next_pt_end = b->next_pt + b->p2m_pt_count;
		for (pfn = 0; pfn < b->p2m_count && !rc; pfn++)
			rc = dom0_pt_map(&pt, b->elf.init_p2m + (pfn << PAGE_SHIFT),
				pfn_mfn(b, b->p2m_first + pfn), MAP_FLAGS);
	}
	if (rc)
		panic("dom0: page tables do not fit (error %d)", rc);
	return pt.l4;
}

static void copy_to_pfns(const struct build *b, unsigned long pfn, const uint8_t *src, size_t len)
{
	for (; len; pfn++) {
		size_t n = min(len, (size_t)PAGE_SIZE);

		memcpy(pfn_virt(b, pfn), src, n);
		src += n;
		len -= n;
	}
}

/* The kernel wants to be contiguous for dom0_elf_load(); frames may not be. */
static void load_kernel(const struct build *b)
{
	size_t len = b->elf.virt_end - b->elf.virt_start;
	unsigned long pfn = (b->elf.virt_start - b->elf.virt_base) >> PAGE_SHIFT, i;
	unsigned long pages = PFN_UP(len);
	unsigned int order = 0;
	uint8_t *tmp;

	for (i = 1; i < pages && b->p2m[pfn + i] == b->p2m[pfn] + i; i++)
		;
	if (i == pages) {
		dom0_elf_load(&b->elf, pfn_virt(b, pfn));
		return;
	}
	while ((1UL << order) < pages)
		order++;
	tmp = alloc_xenheap_pages(order, 0);
	if (!tmp)
		panic("dom0: no memory to unpack its kernel");
	dom0_elf_load(&b->elf, tmp);
	copy_to_pfns(b, pfn, tmp, len);
	free_xenheap_pages(tmp, order);
}

/* --- what the kernel is told ------------------------------------------------------------------- */

static void fill_start_info(const struct build *b, const char *cmdline, size_t initrd_len)
{
	struct start_info *si = pfn_virt(b, b->start_info);

	memset(si, 0, PAGE_SIZE);
	strlcpy(si->magic, "xen-3.0-x86_64p", sizeof(si->magic));
	si->nr_pages = b->nr_pages;
	si->shared_info = virt_to_paddr(b->d->shared_info);
	si->flags = SIF_PRIVILEGED | SIF_INITDOMAIN;
	si->pt_base = b->elf.virt_base + (b->pt_first << PAGE_SHIFT);
	si->nr_pt_frames = b->pt_count;
	si->mfn_list = b->elf.has_init_p2m ? b->elf.init_p2m
	                                   : b->elf.virt_base + (b->p2m_first << PAGE_SHIFT);
	si->first_p2m_pfn = b->p2m_first;
	si->nr_p2m_frames = b->p2m_count + b->p2m_pt_count;
	if (initrd_len) {
		si->flags |= SIF_MOD_START_PFN;
		si->mod_start = b->initrd;
		si->mod_len = initrd_len;
	}
	strlcpy((char *)si->cmd_line, cmdline, sizeof(si->cmd_line));
	if (boot_video.video_type) {
		si->console.dom0.info_off = sizeof(*si);
		si->console.dom0.info_size = sizeof(boot_video);
		memcpy(si + 1, &boot_video, sizeof(boot_video));
	}
}

static void first_vcpu_state(const struct build *b, struct vcpu *v, mfn_t l4)
{
	struct cpu_user_regs *r = &v->arch.user_regs;
	unsigned int i;

	memset(r, 0, sizeof(*r));
	r->rip = b->elf.virt_entry;
	r->rsp = b->elf.virt_base + ((b->stack + 1) << PAGE_SHIFT);
	r->rsi = b->elf.virt_base + (b->start_info << PAGE_SHIFT);
	r->rflags = RFLAGS_IF | RFLAGS_MBS;
	r->cs = FLAT_R3_CS64;
	r->ss = FLAT_R3_SS;
	v->arch.in_kernel = true;
	v->arch.kernel_ss = r->ss;
	v->arch.kernel_sp = r->rsp;
	vcpu_update_roots(v);
	v->arch.cr3 = mfn_to_paddr(l4);
	for (i = 0; i < LEGACY_MAX_VCPUS; i++)
		b->d->shared_info->vcpu_info[i].evtchn_upcall_mask = 1;
	v->is_initialised = true;
}

static void create_vcpus(struct domain *d)
{
	unsigned int i, cpu = 0;

	for (i = 0; i < d->max_vcpus; i++) {
		struct cpumask one = { { 0 } };
		struct vcpu *v = vcpu_create(d, i);

		if (!v)
			panic("dom0: cannot create vcpu %u", i);
		cpumask_set(cpu, &one);
		if (boot_params.dom0_vcpus_pin && vcpu_set_hard_affinity(v, &one))
			panic("dom0: vcpu %u cannot be pinned to CPU %u", i, cpu);
		cpu = cpumask_cycle(cpu, &cpu_online_map);
	}
}

static struct domain *create_dom0(unsigned long pages, unsigned long max_pages)
{
	struct xen_domctl_createdomain cfg = {
		.max_vcpus = dom0_vcpu_count(cpumask_weight(&cpu_online_map), MAX_VIRT_CPUS),
		.max_evtchn_port = -1,
		.max_grant_frames = -1,
		.max_maptrack_frames = -1,
		.grant_opts = boot_params.gnttab_max_ver,
	};
	struct domain *d;
	int rc = domain_create(0, &cfg, true, &d);

	if (rc)
		panic("dom0: cannot be created (error %d)", rc);
	d->max_pages = max(min(max_pages, 0xffffffffUL), pages);
	create_vcpus(d);
	return d;
}

static void write_p2m(struct build *b)
{
	unsigned long i;

	for (i = 0; i < b->p2m_count; i++)
		memcpy(pfn_virt(b, b->p2m_first + i), b->p2m + i * (PAGE_SIZE / 8),
			min((b->nr_pages - i * (PAGE_SIZE / 8)) * 8, PAGE_SIZE));
}

/* What was in the modules is in dom0 now: their memory becomes ordinary. */
static void release_modules(void)
{
	while (nr_boot_modules) {
		const struct boot_module *m = &boot_modules[--nr_boot_modules];

		heap_add_range(m->start, m->start + m->len);
	}
}

void dom0_build(void)
{
	static struct build b;
	const struct boot_module *kernel = &boot_modules[0], *initrd = &boot_modules[1];
	size_t initrd_len = nr_boot_modules > 1 ? initrd->len : 0;
	unsigned long max_pages;
	unsigned int tmp_order = 0;
	mfn_t l4;
	int rc;

	if (!nr_boot_modules)
		panic("no dom0 kernel: the boot loader gave no module; name one, in GRUB with: "
			"module2 /PATH/vmlinux ARGUMENTS");
	if (dom0_elf_parse(&b.elf, paddr_to_virt(kernel->start), kernel->len))
		panic("the dom0 kernel cannot be started: see above");
	if (initrd_len && !b.elf.mod_start_pfn)
		panic("dom0 kernel: no MOD_START_PFN note: it cannot take an initramfs, leave the second "
			"module out");
	b.nr_pages = dom0_pages(&max_pages);
	plan(&b, initrd_len);
	b.d = create_dom0(b.nr_pages, max_pages);
	hardware_domain = b.d;
	allocate(&b);
	load_kernel(&b);
	copy_to_pfns(&b, b.initrd, paddr_to_virt(initrd->start), initrd_len);
	fill_start_info(&b, kernel->cmdline, initrd_len);
	if (b.elf.hypercall_page)
		hypercall_page_init(pfn_virt(&b, (b.elf.hypercall_page - b.elf.virt_base) >> PAGE_SHIFT));
	l4 = build_tables(&b);
	write_p2m(&b);

	rc = pin_page_table(mfn_to_page(l4), PGT_l4_page_table, b.d);
	if (!rc)
		rc = vcpu_set_l4(b.d->vcpu[0], l4, mk_mfn(0));
	if (rc)
		panic("dom0: its page tables are not valid (error %d)", rc);
	first_vcpu_state(&b, b.d->vcpu[0], l4);
	while ((1UL << tmp_order) < b.p2m_count)
		tmp_order++;
	printk(LOG_INFO "dom0: %lu MiB, %u vcpus, entry %016lx, initramfs %zu KiB\n", b.nr_pages >> 8,
		b.d->max_vcpus, b.elf.virt_entry, initrd_len >> 10);
	free_xenheap_pages(b.p2m, tmp_order);
	release_modules();
	console_release();
	arch_update_wallclock(b.d);
	clear_bit(VPF_down, b.d->vcpu[0]->pause_flags);
	domain_unpause_by_toolstack(b.d);
}
