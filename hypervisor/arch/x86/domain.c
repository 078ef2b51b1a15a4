/* SPDX-License-Identifier: GPL-2.0-only */
/* domain.c: x86 parts of domains and vcpus: creation, contexts, teardown. */
#include <hv/arch.h>
#include <hv/domain.h>
#include <hv/lib.h>
#include <asm/access.h>
#include <asm/time.h>
#include <asm/x86.h>
#include "pv/pv.h"

int arch_domain_create(struct domain *d, const struct xen_domctl_createdomain *cfg)
{
	int rc;

	if (cfg && (cfg->flags & ~(uint32_t)(XEN_DOMCTL_CDF_s3_integrity | XEN_DOMCTL_CDF_xs_domain)))
		return -EINVAL; /* HVM and what belongs to it */
	if (cfg && (cfg->arch.misc_flags & ~(uint32_t)XEN_X86_MSR_RELAXED))
		return -EINVAL;
	if (cfg && cfg->arch.emulation_flags)
		return -EOPNOTSUPP;
	page_list_init(&d->arch.relmem_list);
	d->arch.io_all = d->is_privileged;
	vtsc_init(d);
	rc = access_init(d);
	if (!rc)
		rc = perdomain_init(d);
	if (!rc)
		pirq_domain_init(d);
	return rc;
}

void arch_domain_destroy(struct domain *d)
{
	logdirty_destroy(d);
	pirq_domain_destroy(d);
	access_free(d);
	perdomain_free(d);
	xfree(d->arch.e820);
	xfree(d->arch.cpu_policy);
}

int mm_domain_relinquish(struct domain *d);

int arch_domain_relinquish(struct domain *d)
{
	struct vcpu *v;

	for_each_vcpu(d, v) {
		pv_destroy_gdt(v);
		pv_destroy_ldt(v);
	}
	pirq_domain_relinquish(d);
	return mm_domain_relinquish(d);
}

void arch_domain_shutdown(struct domain *d)
{
	(void)d;
}

void arch_domain_resume(struct domain *d)
{
	(void)d;
}

void arch_domain_getinfo(struct domain *d, struct xen_domctl_getdomaininfo *info)
{
	(void)d;
	memset(&info->arch_config, 0, sizeof(info->arch_config));
}

static void vcpu_defaults(struct vcpu *v)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(v->arch.gdt_frames); i++)
		v->arch.gdt_frames[i] = mk_mfn(0);
	v->arch.guest_table = INVALID_MFN;
	v->arch.guest_table_user = INVALID_MFN;
	v->arch.in_kernel = true;
	v->arch.debugreg[6] = 0xffff0ff0UL;
	v->arch.debugreg[7] = 0x400;
}

int arch_vcpu_create(struct vcpu *v)
{
	int rc;

	vcpu_defaults(v);
	if (is_idle_vcpu(v))
		return 0;
	if (v->domain->arch.logdirty) /* the others have their shadows */
		return -EBUSY;
	v->arch.trap_ctxt = xzalloc_array(struct trap_info, 256);
	if (!v->arch.trap_ctxt)
		return -ENOMEM;
	rc = fpu_vcpu_init(v);
	if (rc)
		goto err_fpu;
	rc = perdomain_vcpu_init(v);
	if (rc)
		goto err_perdomain;
	return 0;

err_perdomain:
	fpu_vcpu_free(v);
err_fpu:
	xfree(v->arch.trap_ctxt);
	v->arch.trap_ctxt = NULL;
	return rc;
}

void arch_vcpu_destroy(struct vcpu *v)
{
	fpu_vcpu_free(v);
	xfree(v->arch.trap_ctxt);
	v->arch.trap_ctxt = NULL;
}

/* --- contexts ---------------------------------------------------------------------------------- */

static void load_user_regs(struct vcpu *v, const struct vcpu_guest_context *c)
{
	struct cpu_user_regs *r = &v->arch.user_regs;

	*r = c->user_regs;
	r->cs = ring3(r->cs);
	r->ss = ring3(r->ss);
	r->rflags = (r->rflags & ~(uint64_t)(RFLAGS_IOPL | RFLAGS_VM | RFLAGS_NT)) | RFLAGS_IF |
		RFLAGS_MBS;
	r->entry_vector = 0;
	r->error_code = 0;
}

static void load_traps(struct vcpu *v, const struct vcpu_guest_context *c)
{
	unsigned int i;

	for (i = 0; i < 256; i++) {
		v->arch.trap_ctxt[i] = c->trap_ctxt[i];
		v->arch.trap_ctxt[i].vector = i;
		v->arch.trap_ctxt[i].cs = ring3(c->trap_ctxt[i].cs);
	}
}

static bool guest_breakpoint_ok(unsigned long a)
{
	return (a < HV_VIRT_START || a >= HV_VIRT_END) && is_canonical(a);
}

static void load_debugregs(struct vcpu *v, const struct vcpu_guest_context *c)
{
	unsigned int i;

	for (i = 0; i < 4; i++)
		v->arch.debugreg[i] = guest_breakpoint_ok(c->debugreg[i]) ? c->debugreg[i] : 0;
	v->arch.debugreg[6] = (c->debugreg[6] & 0xe00f) | 0xffff0ff0UL;
	v->arch.debugreg[7] = (c->debugreg[7] & 0xffff03ffUL) | 0x400;
	/* No I/O breakpoints. */
	for (i = 16; i < 32; i += 4)
		if ((v->arch.debugreg[7] >> i & 3) == 2)
			v->arch.debugreg[7] = 0x400;
}

static void load_fpu(struct vcpu *v, const struct vcpu_guest_context *c)
{
	uint64_t *header = (uint64_t *)((uint8_t *)v->arch.xsave_area + 512);

	v->arch.cr0_ts = c->ctrlreg[0] & CR0_TS;
	if (!(c->flags & VGCF_i387_valid)) {
		fpu_vcpu_reset(v);
		return;
	}
	memcpy(v->arch.xsave_area, &c->fpu_ctxt, sizeof(c->fpu_ctxt));
	if (xcr0_host_mask)
		header[0] = 3; /* x87 and SSE are in the image */
}

static void load_callbacks(struct vcpu *v, const struct vcpu_guest_context *c)
{
	v->arch.event_callback = c->event_callback_eip;
	v->arch.failsafe_callback = c->failsafe_callback_eip;
	v->arch.syscall_callback = c->syscall_callback_eip;
	v->arch.failsafe_disables_events = c->flags & VGCF_failsafe_disables_events;
	v->arch.syscall_disables_events = c->flags & VGCF_syscall_disables_events;
	v->arch.kernel_ss = ring3(c->kernel_ss);
	v->arch.kernel_sp = c->kernel_sp;
	v->arch.fs_base = c->fs_base;
	v->arch.gs_base_kernel = c->gs_base_kernel;
	v->arch.gs_base_user = c->gs_base_user;
}

static bool context_addresses_ok(const struct vcpu_guest_context *c)
{
	const uint64_t addrs[] = { c->fs_base, c->gs_base_kernel, c->gs_base_user, c->user_regs.rip,
		c->user_regs.rsp, c->kernel_sp, c->event_callback_eip, c->failsafe_callback_eip,
		c->syscall_callback_eip };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(addrs); i++)
		if (!is_canonical(addrs[i]))
			return false;
	for (i = 0; i < ARRAY_SIZE(c->trap_ctxt); i++)
		if (!is_canonical(c->trap_ctxt[i].address))
			return false;
	return true;
}

static bool context_tables_ok(const struct vcpu_guest_context *c)
{
	return c->gdt_ents <= 14 * 512 && c->ldt_ents <= 8192 && !(c->ldt_base & (PAGE_SIZE - 1)) &&
		guest_range_ok((const void *)c->ldt_base, c->ldt_ents * 8);
}

/* Checks first, takes references, then only steps that cannot fail. */
int arch_vcpu_set_context(struct vcpu *v, const struct vcpu_guest_context *c)
{
	mfn_t frames[14], kernel, user = mk_mfn(0);
	unsigned int i, pages;
	int rc;

	if (!context_tables_ok(c) || !context_addresses_ok(c))
		return -EINVAL;
	kernel = mk_mfn(xen_cr3_to_pfn(c->ctrlreg[3]));
	/* Bit 0 says nothing: tools that restore a vcpu leave it out. */
	if (c->ctrlreg[1])
		user = mk_mfn(xen_cr3_to_pfn(c->ctrlreg[1]));
	if (!(c->flags & VGCF_in_kernel) && !mfn_x(user))
		return -EINVAL;
	pages = (c->gdt_ents + 511) / 512;
	for (i = 0; i < pages; i++)
		frames[i] = mk_mfn(c->gdt_frames[i]);

	rc = pv_set_gdt(v, frames, c->gdt_ents);
	if (rc)
		return rc;
	rc = vcpu_set_l4(v, kernel, user);
	if (rc)
		goto err_gdt;
	pv_destroy_ldt(v);
	v->arch.ldt_base = c->ldt_base;
	v->arch.ldt_ents = c->ldt_ents;
	v->arch.in_kernel = c->flags & VGCF_in_kernel;
	v->arch.cr3 = v->arch.root[v->arch.in_kernel];
	load_user_regs(v, c);
	load_traps(v, c);
	load_debugregs(v, c);
	load_fpu(v, c);
	load_callbacks(v, c);
	v->arch.iopl = c->user_regs.rflags & RFLAGS_IOPL;
	v->arch.ctrlreg_cr4 = c->ctrlreg[4] & PV_CR4_GUEST_MASK;
	if (v->vcpu_id == 0)
		v->domain->vm_assist = c->vm_assist & 0x10000003fUL;
	if (c->flags & VGCF_online)
		clear_bit(VPF_down, v->pause_flags);
	else
		set_bit(VPF_down, v->pause_flags);
	v->is_initialised = true;
	return 0;

err_gdt:
	pv_destroy_gdt(v);
	return rc;
}

int arch_vcpu_get_context(struct vcpu *v, struct vcpu_guest_context *c)
{
	unsigned int i;

	if (!v->is_initialised)
		return -ENODATA;
	memset(c, 0, sizeof(*c));
	memcpy(&c->fpu_ctxt, v->arch.xsave_area, sizeof(c->fpu_ctxt));
	c->flags = VGCF_i387_valid;
	if (v->arch.in_kernel)
		c->flags |= VGCF_in_kernel;
	if (v->arch.failsafe_disables_events)
		c->flags |= VGCF_failsafe_disables_events;
	if (v->arch.syscall_disables_events)
		c->flags |= VGCF_syscall_disables_events;
	if (!test_bit(VPF_down, v->pause_flags))
		c->flags |= VGCF_online;
	c->user_regs = v->arch.user_regs;
	/* IOPL is the guest's virtual one. */
	c->user_regs.rflags = (c->user_regs.rflags & ~(uint64_t)RFLAGS_IOPL) | v->arch.iopl;
	memcpy(c->trap_ctxt, v->arch.trap_ctxt, sizeof(c->trap_ctxt));
	c->ldt_base = v->arch.ldt_base;
	c->ldt_ents = v->arch.ldt_ents;
	c->gdt_ents = v->arch.gdt_ents;
	for (i = 0; i < ARRAY_SIZE(v->arch.gdt_frames); i++)
		c->gdt_frames[i] = mfn_x(v->arch.gdt_frames[i]);
	c->kernel_ss = v->arch.kernel_ss;
	c->kernel_sp = v->arch.kernel_sp;
	c->ctrlreg[0] = CR0_PG | CR0_AM | CR0_WP | CR0_NE | CR0_MP | 0x11 | v->arch.cr0_ts;
	if (!mfn_eq(v->arch.guest_table_user, INVALID_MFN))
		c->ctrlreg[1] = xen_pfn_to_cr3(mfn_x(v->arch.guest_table_user)) | 1;
	if (!mfn_eq(v->arch.guest_table, INVALID_MFN))
		c->ctrlreg[3] = xen_pfn_to_cr3(mfn_x(v->arch.guest_table));
	c->ctrlreg[4] = pv_guest_cr4(v);
	memcpy(c->debugreg, v->arch.debugreg, sizeof(c->debugreg));
	c->event_callback_eip = v->arch.event_callback;
	c->failsafe_callback_eip = v->arch.failsafe_callback;
	c->syscall_callback_eip = v->arch.syscall_callback;
	c->vm_assist = v->domain->vm_assist;
	c->fs_base = v->arch.fs_base;
	c->gs_base_kernel = v->arch.gs_base_kernel;
	c->gs_base_user = v->arch.gs_base_user;
	return 0;
}

int arch_vcpu_reset(struct vcpu *v)
{
	pv_destroy_gdt(v);
	pv_destroy_ldt(v);
	vcpu_drop_l4(v);
	vcpu_defaults(v);
	memset(v->arch.trap_ctxt, 0, 256 * sizeof(*v->arch.trap_ctxt));
	v->is_initialised = false;
	return 0;
}
