/* SPDX-License-Identifier: GPL-2.0-only */
/* domctl.c: the domctls that are x86's own.
 *
 * Context: the caller holds the domctl lock and a reference on d. */
#include <hv/arch.h>
#include <hv/domain.h>
#include <hv/guest_access.h>
#include <hv/lib.h>
#include <asm/time.h>
#include <asm/x86.h>
#include "domctl.h"
#include "pv/policy.h"
#include "pv/pv.h"

static struct vcpu *op_vcpu(const struct op *op, uint32_t id)
{
	return id < op->d->max_vcpus ? op->d->vcpu[id] : NULL;
}

static long set_address_size(struct op *op)
{
	uint32_t size = op->c->u.address_size.size;

	/* 32-bit guests: the answer of a hypervisor told not to run them (pv=no-32). */
	return size == 64 ? 0 : size == 32 ? -EOPNOTSUPP : -EINVAL;
}

static long get_address_size(struct op *op)
{
	op->c->u.address_size.size = 64;
	op->copyback = true;
	return 0;
}

static long hypercall_init(struct op *op)
{
	struct page *pg;
	mfn_t m = arch_gfn_to_mfn(op->d, mk_gfn(op->c->u.hypercall_init.gmfn));

	if (!mfn_valid(m))
		return -EINVAL;
	pg = mfn_to_page(m);
	if (!get_page(pg, op->d))
		return -EINVAL;
	if (get_page_type(pg, PGT_writable_page)) {
		put_page(pg);
		return -EPERM;
	}
	hypercall_page_init(page_to_virt(pg));
	arch_page_dirtied(op->d, m);
	put_page_and_type(pg);
	return 0;
}

static long set_tsc_info(struct op *op)
{
	const struct xen_domctl_tsc_info *t = &op->c->u.tsc_info;

	if (op->d == current->domain || t->tsc_mode > TSC_MODE_NATIVE)
		return -EINVAL;
	domain_pause(op->d);
	vtsc_set(op->d, t->tsc_mode, t->elapsed_nsec, t->gtsc_khz, t->incarnation);
	domain_unpause(op->d);
	return 0;
}

static long get_tsc_info(struct op *op)
{
	struct xen_domctl_tsc_info *t = &op->c->u.tsc_info;

	if (op->d == current->domain)
		return -EINVAL;
	t->tsc_mode = op->d->arch.tsc_mode;
	t->gtsc_khz = t->tsc_mode == TSC_MODE_NATIVE ? 0 : op->d->arch.vtsc ? op->d->arch.tsc_khz : tsc_khz;
	t->incarnation = op->d->arch.incarnation;
	t->elapsed_nsec = vtsc_elapsed(op->d);
	t->pad = 0;
	op->copyback = true;
	return 0;
}

int mm_getpageframeinfo3(struct domain *d, uint64_t num, XEN_GUEST_HANDLE(xen_pfn_t) array);

static long getpageframeinfo3(struct op *op)
{
	return mm_getpageframeinfo3(op->d, op->c->u.getpageframeinfo3.num,
		op->c->u.getpageframeinfo3.array);
}

static long set_ext_vcpucontext(struct op *op)
{
	const struct xen_domctl_ext_vcpucontext *e = &op->c->u.ext_vcpucontext;
	struct vcpu *v = op_vcpu(op, e->vcpu);

	if (!v)
		return -ESRCH;
	if (op->d == current->domain)
		return -ESRCH;
	if (e->size < offsetof(struct xen_domctl_ext_vcpucontext, vmce) ||
	    !is_canonical(e->syscall32_callback_eip) || !is_canonical(e->sysenter_callback_eip))
		return -EINVAL;
	domain_pause(op->d);
	v->arch.syscall32_callback = e->syscall32_callback_eip;
	v->arch.syscall32_cs = ring3(e->syscall32_callback_cs);
	v->arch.syscall32_disables_events = e->syscall32_disables_events;
	v->arch.sysenter_callback = e->sysenter_callback_eip;
	v->arch.sysenter_cs = ring3(e->sysenter_callback_cs);
	v->arch.sysenter_disables_events = e->sysenter_disables_events;
	domain_unpause(op->d);
	return 0;
}

static long get_ext_vcpucontext(struct op *op)
{
	struct xen_domctl_ext_vcpucontext *e = &op->c->u.ext_vcpucontext;
	struct vcpu *v = op_vcpu(op, e->vcpu);
	uint32_t id = e->vcpu;

	if (!v || v == current)
		return -ESRCH;
	memset(e, 0, sizeof(*e));
	e->vcpu = id;
	e->size = sizeof(*e);
	e->syscall32_callback_eip = v->arch.syscall32_callback;
	e->syscall32_callback_cs = v->arch.syscall32_cs;
	e->syscall32_disables_events = v->arch.syscall32_disables_events;
	e->sysenter_callback_eip = v->arch.sysenter_callback;
	e->sysenter_callback_cs = v->arch.sysenter_cs;
	e->sysenter_disables_events = v->arch.sysenter_disables_events;
	op->copyback = true;
	return 0;
}

/* Image for the toolstack: XCR0, everything ever enabled, then the XSAVE area. */
#define EXTSTATE_HEADER (2 * sizeof(uint64_t))

static long get_vcpuextstate(struct op *op)
{
	struct xen_domctl_vcpuextstate *e = &op->c->u.vcpuextstate;
	struct vcpu *v = op_vcpu(op, e->vcpu);
	uint64_t size = EXTSTATE_HEADER + xsave_area_size();
	uint64_t head[2];
	long rc = 0;

	if (!v)
		return -ESRCH;
	if (v == current)
		return -EINVAL;
	op->copyback = true;
	if (!xcr0_host_mask) {
		e->xfeature_mask = 0;
		e->size = 0;
		return 0;
	}
	if (guest_handle_is_null(e->buffer) || (!e->size && !e->xfeature_mask)) {
		e->xfeature_mask = xcr0_host_mask;
		e->size = size;
		return 0;
	}
	if (e->size != size || e->xfeature_mask != xcr0_host_mask)
		return -EINVAL;
	vcpu_pause(v);
	head[0] = v->arch.xcr0;
	head[1] = v->arch.xcr0_accum;
	if (copy_to_guest_raw(e->buffer.p, head, sizeof(head)) ||
		copy_to_guest_raw(e->buffer.p + 2, v->arch.xsave_area, xsave_area_size()))
		rc = -EFAULT;
	vcpu_unpause(v);
	return rc;
}

/* Header of an uncompacted image: components present within what is allowed, the rest zero. */
static bool xsave_image_ok(const uint8_t *area, uint64_t xcr0_accum)
{
	uint64_t header[8];
	unsigned int i;

	memcpy(header, area + 512, sizeof(header));
	for (i = 1; i < ARRAY_SIZE(header); i++)
		if (header[i])
			return false;
	return !(header[0] & ~(xcr0_accum | 3));
}

static long set_vcpuextstate(struct op *op)
{
	const struct xen_domctl_vcpuextstate *e = &op->c->u.vcpuextstate;
	struct vcpu *v = op_vcpu(op, e->vcpu);
	uint64_t head[2];
	uint8_t *area;
	long rc = -EFAULT;

	if (!v)
		return -ESRCH;
	if (v == current || !xcr0_host_mask || e->size < EXTSTATE_HEADER + 576 ||
		e->size > EXTSTATE_HEADER + xsave_area_size())
		return -EINVAL;
	area = xzalloc_bytes(xsave_area_size(), 64);
	if (!area)
		return -ENOMEM;
	if (copy_from_guest_raw(head, e->buffer.p, sizeof(head)) ||
		copy_from_guest_raw(area, e->buffer.p + 2, e->size - EXTSTATE_HEADER))
		goto out;
	rc = -EINVAL;
	if (!pv_xcr0_valid(head[0]) || !pv_xcr0_valid(head[1]) || (head[0] & ~head[1]) ||
		!xsave_image_ok(area, head[1]))
		goto out;
	vcpu_pause(v);
	v->arch.xcr0 = head[0];
	v->arch.xcr0_accum = head[1];
	memcpy(v->arch.xsave_area, area, xsave_area_size());
	vcpu_unpause(v);
	rc = 0;
out:
	xfree(area);
	return rc;
}

/* The MSRs that move with a vcpu; those that are 0 are left out. */
static const uint32_t moving_msrs[] = { MSR_TSC_AUX };

static long get_vcpu_msrs(struct op *op)
{
	struct xen_domctl_vcpu_msrs *m = &op->c->u.vcpu_msrs;
	struct vcpu *v = op_vcpu(op, m->vcpu);
	unsigned int i, n = 0;
	long rc = 0;

	if (!v)
		return -ESRCH;
	if (v == current)
		return -EINVAL;
	op->copyback = true;
	if (guest_handle_is_null(m->msrs)) {
		m->msr_count = ARRAY_SIZE(moving_msrs);
		return 0;
	}
	vcpu_pause(v);
	for (i = 0; i < ARRAY_SIZE(moving_msrs); i++) {
		struct xen_domctl_vcpu_msr e = { .index = moving_msrs[i] };

		if (!pv_rdmsr(v, e.index, &e.value) || !e.value)
			continue;
		if (n < m->msr_count && copy_to_guest_offset(m->msrs, n, &e, 1))
			rc = -EFAULT;
		n++;
	}
	vcpu_unpause(v);
	if (n > m->msr_count && !rc)
		rc = -ENOBUFS;
	m->msr_count = n;
	return rc;
}

static long set_vcpu_msr(struct vcpu *v, const struct xen_domctl_vcpu_msr *e)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(moving_msrs); i++)
		if (e->index == moving_msrs[i] && !e->reserved)
			return pv_wrmsr(v, e->index, e->value) ? 0 : -EINVAL;
	return -EINVAL;
}

static long set_vcpu_msrs(struct op *op)
{
	struct xen_domctl_vcpu_msrs *m = &op->c->u.vcpu_msrs;
	struct vcpu *v = op_vcpu(op, m->vcpu);
	struct xen_domctl_vcpu_msr e;
	unsigned int i;
	long rc = 0;

	if (!v)
		return -ESRCH;
	if (v == current || m->msr_count > ARRAY_SIZE(moving_msrs))
		return -EINVAL;
	vcpu_pause(v);
	for (i = 0; i < m->msr_count && !rc; i++)
		rc = copy_from_guest_offset(&e, m->msrs, i, 1) ? -EFAULT : set_vcpu_msr(v, &e);
	vcpu_unpause(v);
	if (rc) { /* at which one it ended */
		m->msr_count = i - 1;
		op->copyback = true;
	}
	return rc;
}

static long get_cpu_policy(struct op *op)
{
	struct xen_domctl_cpu_policy *c = &op->c->u.cpu_policy;
	struct policy_arrays a = { .nr_leaves = c->nr_leaves, .nr_msrs = c->nr_msrs,
		.leaves = c->leaves, .msrs = c->msrs };
	int rc = pv_policy_export(pv_domain_policy(op->d), &a);

	c->nr_leaves = a.nr_leaves;
	c->nr_msrs = a.nr_msrs;
	op->copyback = true;
	return rc;
}

static long set_cpu_policy(struct op *op)
{
	struct xen_domctl_cpu_policy *c = &op->c->u.cpu_policy;
	struct policy_arrays a = { c->nr_leaves, c->nr_msrs, c->leaves, c->msrs, ~0U, ~0U, ~0U };
	long rc;

	if (op->d == current->domain)
		return -EINVAL;
	domain_pause(op->d);
	rc = op->d->has_run ? -EEXIST : pv_policy_import(op->d, &a);
	domain_unpause(op->d);
	if (rc && rc != -EEXIST) { /* what was refused */
		c->err_leaf = a.err_leaf;
		c->err_subleaf = a.err_subleaf;
		c->err_msr = a.err_msr;
	}
	op->copyback = rc;
	return rc;
}

static long shadow_op(struct op *op)
{
	long rc = logdirty_domctl(op->d, &op->c->u.shadow_op);

	op->copyback = rc != -ERESTART;
	return rc;
}

static long send_trigger(struct op *op)
{
	const struct xen_domctl_sendtrigger *t = &op->c->u.sendtrigger;
	struct vcpu *v = op_vcpu(op, t->vcpu);

	if (!v)
		return -ESRCH;
	switch (t->trigger) {
	case XEN_DOMCTL_SENDTRIGGER_NMI:
		vcpu_send_nmi(v);
		return 0;
	case XEN_DOMCTL_SENDTRIGGER_POWER:
	case XEN_DOMCTL_SENDTRIGGER_SLEEP:
		return -EINVAL; /* buttons of hardware-assisted guests */
	default:
		return -ENOSYS;
	}
}

/* What is for hardware-assisted guests, and what this machine has not got (IOMMU, cache allocation):
 * a paravirtual domain is told so as 4.17 does. */
static long not_for_pv(struct op *op)
{
	(void)op;
	return -EINVAL;
}

static long not_supported(struct op *op)
{
	(void)op;
	return -EOPNOTSUPP;
}

static long no_device(struct op *op)
{
	(void)op;
	return -ENODEV;
}

#define PSR_ALLOC_KINDS 10

static long psr_alloc(struct op *op)
{
	return *(const uint32_t *)&op->c->u < PSR_ALLOC_KINDS ? -ENODEV : -EOPNOTSUPP;
}

static arch_domctl_fn *const rows[] = {
	[XEN_DOMCTL_shadow_op] = shadow_op,
	[XEN_DOMCTL_irq_permission] = domctl_irq_permission,
	[XEN_DOMCTL_iomem_permission] = domctl_iomem_permission,
	[XEN_DOMCTL_ioport_permission] = domctl_ioport_permission,
	[XEN_DOMCTL_hypercall_init] = hypercall_init,
	[XEN_DOMCTL_sendtrigger] = send_trigger,
	[XEN_DOMCTL_gethvmcontext] = not_for_pv,
	[XEN_DOMCTL_sethvmcontext] = not_for_pv,
	[XEN_DOMCTL_set_address_size] = set_address_size,
	[XEN_DOMCTL_get_address_size] = get_address_size,
	[XEN_DOMCTL_assign_device] = not_supported,
	[XEN_DOMCTL_bind_pt_irq] = not_for_pv,
	[XEN_DOMCTL_memory_mapping] = domctl_memory_mapping,
	[XEN_DOMCTL_ioport_mapping] = domctl_ioport_mapping,
	[XEN_DOMCTL_set_ext_vcpucontext] = set_ext_vcpucontext,
	[XEN_DOMCTL_get_ext_vcpucontext] = get_ext_vcpucontext,
	[XEN_DOMCTL_test_assign_device] = not_supported,
	[XEN_DOMCTL_deassign_device] = not_supported,
	[XEN_DOMCTL_unbind_pt_irq] = not_for_pv,
	[XEN_DOMCTL_get_device_group] = not_supported,
	[XEN_DOMCTL_debug_op] = not_for_pv,
	[XEN_DOMCTL_gethvmcontext_partial] = not_for_pv,
	[XEN_DOMCTL_gettscinfo] = get_tsc_info,
	[XEN_DOMCTL_settscinfo] = set_tsc_info,
	[XEN_DOMCTL_getpageframeinfo3] = getpageframeinfo3,
	[XEN_DOMCTL_setvcpuextstate] = set_vcpuextstate,
	[XEN_DOMCTL_getvcpuextstate] = get_vcpuextstate,
	[XEN_DOMCTL_set_broken_page_p2m] = not_for_pv,
	[XEN_DOMCTL_get_vcpu_msrs] = get_vcpu_msrs,
	[XEN_DOMCTL_set_vcpu_msrs] = set_vcpu_msrs,
	[XEN_DOMCTL_psr_cmt_op] = no_device,
	[XEN_DOMCTL_psr_alloc] = psr_alloc,
	[XEN_DOMCTL_get_cpu_policy] = get_cpu_policy,
	[XEN_DOMCTL_set_cpu_policy] = set_cpu_policy,
	[XEN_DOMCTL_vmtrace_op] = not_for_pv,
	[XEN_DOMCTL_get_paging_mempool_size] = not_supported,
	[XEN_DOMCTL_set_paging_mempool_size] = not_supported,
};

long arch_domctl(struct domain *d, struct xen_domctl *c, bool *ret_copyback)
{
	struct op op = { .d = d, .c = c };
	long rc;

	if (c->cmd >= ARRAY_SIZE(rows) || !rows[c->cmd])
		return -ENOSYS;
	rc = rows[c->cmd](&op);
	*ret_copyback = op.copyback;
	return rc;
}
