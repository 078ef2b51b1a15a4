/* SPDX-License-Identifier: GPL-2.0-only */
/* child.c: second domains, copies of the guest that builds them, and second vcpus. */
#include "child.h"

#define GUEST_BASE_PFN 256 /* the image starts at 1 MiB (guest.lds) */

extern char guest_end[];
extern uint8_t shared_page[4096];

static uint8_t window[4096] __attribute__((aligned(4096)));
static union {
	struct start_info info;
	uint8_t page[4096];
} child_si __attribute__((aligned(4096)));
static unsigned long child_p2m[CHILD_PAGES];
static void (*child_fn)(void);
static struct vcpu_guest_context context;
static uint8_t stacks[4][16384] __attribute__((aligned(4096)));

long domctl(unsigned int cmd, domid_t dom, struct xen_domctl *op)
{
	op->cmd = cmd;
	op->interface_version = XEN_DOMCTL_INTERFACE_VERSION;
	op->domain = dom;
	return hypercall1(__HYPERVISOR_domctl, op);
}

/* --- its memory -------------------------------------------------------------------------------------- */

static void *map_frame(const struct child *c, unsigned long mfn)
{
	struct mmu_update u = { .ptr = machine_of_l1e(window), .val = L1E(mfn, F_RWX) };
	struct mmuext_op flush = { .cmd = MMUEXT_INVLPG_LOCAL };

	if (hypercall4(__HYPERVISOR_mmu_update, &u, 1, 0, c->id))
		return NULL;
	flush.arg1.linear_addr = (unsigned long)window;
	hypercall4(__HYPERVISOR_mmuext_op, &flush, 1, 0, DOMID_SELF);
	return window;
}

static void unmap_frame(void)
{
	map_va(window, L1E(va_to_mfn(window), F_RWX));
}

static void copy_words(void *d, const void *s, size_t n)
{
	__asm__ __volatile__("rep movsq" : "+D"(d), "+S"(s), "+c"(n) : : "memory");
}

static void access(const struct child *c, unsigned long va, uint8_t *buf, size_t n, bool write)
{
	while (n) {
		unsigned long offset = va & 4095, part = 4096 - offset < n ? 4096 - offset : n;
		uint8_t *page = map_frame(c, c->p2m[(va - VIRT_BASE) >> 12]);

		if (page && write)
			memcpy(page + offset, buf, part);
		else if (page)
			memcpy(buf, page + offset, part);
		va += part;
		buf += part;
		n -= part;
	}
	unmap_frame();
}

void child_read(const struct child *c, const void *va, void *to, size_t n)
{
	access(c, (unsigned long)va, to, n, false);
}

void child_write(const struct child *c, void *va, const void *from, size_t n)
{
	access(c, (unsigned long)va, (void *)from, n, true);
}

static unsigned long pfn_of(const void *va)
{
	return ((unsigned long)va - VIRT_BASE) >> 12;
}

static bool populate(struct child *c)
{
	struct xen_memory_reservation r = { .nr_extents = c->frames - GUEST_BASE_PFN,
		.domid = c->id };
	unsigned long i;

	for (i = GUEST_BASE_PFN; i < c->frames; i++)
		c->p2m[i] = i;
	set_xen_guest_handle(r.extent_start, c->p2m + GUEST_BASE_PFN);
	return hypercall2(__HYPERVISOR_memory_op, XENMEM_populate_physmap, &r) ==
		(long)(c->frames - GUEST_BASE_PFN);
}

/* Its tables are its last pages: L4, L3, L2, two L1. */
#define TABLES 5

static bool write_l1(struct child *c, unsigned int nr)
{
	unsigned long first = nr * 512UL, i, tables = c->frames - TABLES;
	uint64_t *l1 = map_frame(c, c->p2m[tables + 3 + nr]);

	for (i = first; l1 && i < first + 512; i++) {
		uint64_t flags = i >= tables ? F_RO : F_RWX, mfn = c->p2m[i];

		if (i == pfn_of(shared_page))
			mfn = c->shared_mfn;
		l1[i - first] = i >= GUEST_BASE_PFN && i < c->frames ? L1E(mfn, flags) : 0;
	}
	return l1;
}

static bool write_upper(struct child *c, unsigned int nr, unsigned int slot, unsigned int count)
{
	unsigned long tables = c->frames - TABLES;
	uint64_t *t = map_frame(c, c->p2m[tables + nr]);
	unsigned int i;

	if (!t)
		return false;
	memset(t, 0, 4096);
	for (i = 0; i < count; i++)
		t[slot + i] = L1E(c->p2m[tables + nr + 1 + i], F_RWX);
	return true;
}

static bool write_image(struct child *c)
{
	unsigned long i;
	void *to;

	for (i = GUEST_BASE_PFN; i < pfn_of(guest_end); i++) {
		to = map_frame(c, c->p2m[i]);
		if (!to)
			return false;
		if (i != pfn_of(window) && i != pfn_of(shared_page))
			copy_words(to, (void *)(VIRT_BASE + (i << 12)), 512);
	}
	return write_l1(c, 0) && write_l1(c, 1) && write_upper(c, 2, 0, 2) &&
		write_upper(c, 1, 510, 1) && write_upper(c, 0, 511, 1);
}

/* --- its start ----------------------------------------------------------------------------------------- */

static void child_main(void)
{
	in_child = true;
	si = &child_si.info;
	guest_entries();
	child_fn();
	guest_off(SHUTDOWN_poweroff);
}

void vcpu_context(struct vcpu_guest_context *v, void (*entry)(void), void *stack_top, unsigned long l4)
{
	memset(v, 0, sizeof(*v));
	v->flags = VGCF_in_kernel;
	v->user_regs.rip = (unsigned long)entry;
	v->user_regs.rsp = (unsigned long)stack_top - 8;
	v->user_regs.cs = 0xe033;
	v->user_regs.ss = 0xe02b;
	v->user_regs.rflags = 0x200;
	v->kernel_ss = 0xe02b;
	v->kernel_sp = (unsigned long)stack_top;
	v->ctrlreg[3] = xen_pfn_to_cr3(l4);
}

long create_domain(unsigned int vcpus, struct xen_domctl *op)
{
	memset(op, 0, sizeof(*op));
	op->u.createdomain.max_vcpus = vcpus;
	op->u.createdomain.max_evtchn_port = 1023;
	op->u.createdomain.max_grant_frames = 4;
	op->u.createdomain.max_maptrack_frames = 4;
	op->u.createdomain.grant_opts = 2;
	op->u.createdomain.handle[0] = 0x42;
	return domctl(XEN_DOMCTL_createdomain, 0, op);
}

static bool prepare_domain(struct child *c)
{
	struct xen_domctl op = { 0 };

	op.u.max_vcpus.max = 2;
	if (domctl(XEN_DOMCTL_max_vcpus, c->id, &op))
		return false;
	op.u.max_mem.max_memkb = (CHILD_PAGES + 64) * 4;
	if (domctl(XEN_DOMCTL_max_mem, c->id, &op) || domctl(XEN_DOMCTL_getdomaininfo, c->id, &op))
		return false;
	c->shared_mfn = op.u.getdomaininfo.shared_info_frame;
	return true;
}

bool child_create(struct child *c, void (*fn)(void))
{
	struct xen_domctl op;
	long rc = create_domain(2, &op);

	if (rc) {
		print("# createdomain: %ld\n", rc);
		return false;
	}
	c->id = op.domain;
	child_fn = fn;
	c->frames = pfn_of(guest_end) + TABLES;
	if (c->frames > CHILD_PAGES || !prepare_domain(c) || !populate(c))
		goto err_domain;
	memcpy(child_p2m, c->p2m, sizeof(child_p2m));
	child_si.info.nr_pages = c->frames;
	child_si.info.mfn_list = (unsigned long)child_p2m;
	child_si.info.pt_base = VIRT_BASE + ((c->frames - TABLES) << 12);
	child_si.info.nr_pt_frames = TABLES;
	c->l4 = c->p2m[c->frames - TABLES];
	tap.log_len = 0;
	if (!write_image(c))
		goto err_domain;
	unmap_frame();
	vcpu_context(&context, child_main, stacks[3] + sizeof(stacks[3]), c->l4);
	context.flags |= VGCF_online;
	memset(&op, 0, sizeof(op));
	set_xen_guest_handle(op.u.vcpucontext.ctxt, &context);
	rc = domctl(XEN_DOMCTL_setvcpucontext, c->id, &op);
	if (!rc)
		return true;
	print("# setvcpucontext: %ld\n", rc);
err_domain:
	unmap_frame();
	child_destroy(c);
	return false;
}

long child_unpause(const struct child *c)
{
	struct xen_domctl op = { 0 };

	return domctl(XEN_DOMCTL_unpausedomain, c->id, &op);
}

static void take_over(struct child *c)
{
	char part[129];
	unsigned int done, n;

	child_read(c, &tap, &tap, sizeof(tap));
	for (done = 0; done < tap.log_len; done += n) {
		n = tap.log_len - done < 128 ? tap.log_len - done : 128;
		memcpy(part, tap.log + done, n);
		part[n] = 0;
		print("%s", part);
	}
	tap.log_len = 0;
}

int child_wait(struct child *c, unsigned int seconds)
{
	uint64_t end = now_ns() + seconds * 1000000000UL;
	struct xen_domctl op = { 0 };
	int reason = -1;

	do {
		yield();
		if (domctl(XEN_DOMCTL_getdomaininfo, c->id, &op) || op.domain != c->id)
			return -1;
		if (op.u.getdomaininfo.flags & XEN_DOMINF_shutdown)
			reason = op.u.getdomaininfo.flags >> XEN_DOMINF_shutdownshift & 255;
	} while (reason < 0 && now_ns() < end);
	if (!c->quiet)
		take_over(c);
	return reason;
}

void child_destroy(struct child *c)
{
	struct xen_domctl op = { 0 };

	domctl(XEN_DOMCTL_destroydomain, c->id, &op);
}

bool child_run(void (*fn)(void), unsigned int seconds)
{
	static struct child c;
	int reason;

	if (!check(child_create(&c, fn), "a second domain"))
		return false;
	child_unpause(&c);
	reason = child_wait(&c, seconds);
	child_destroy(&c);
	return check_eq(reason, SHUTDOWN_poweroff, "it comes to its end");
}

/* --- vcpus ---------------------------------------------------------------------------------------------- */

static void (*vcpu_fn[4])(void);

#define VCPU_MAIN(n) \
	static void vcpu_main##n(void) \
	{ \
		guest_entries(); \
		vcpu_fn[n](); \
	}
VCPU_MAIN(1)
VCPU_MAIN(2)
static void (*const vcpu_mains[])(void) = { NULL, vcpu_main1, vcpu_main2 };

long vcpu_start(unsigned int vcpu, void (*fn)(void))
{
	long rc;

	if (vcpu >= ARRAY_SIZE(vcpu_mains) || !vcpu)
		return -XEN_EINVAL;
	vcpu_fn[vcpu] = fn;
	vcpu_context(&context, vcpu_mains[vcpu], stacks[vcpu] + sizeof(stacks[vcpu]),
		va_to_mfn((void *)si->pt_base));
	rc = hypercall3(__HYPERVISOR_vcpu_op, VCPUOP_initialise, vcpu, &context);
	return rc ? rc : hypercall3(__HYPERVISOR_vcpu_op, VCPUOP_up, vcpu, 0);
}
