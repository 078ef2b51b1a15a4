/* SPDX-License-Identifier: MIT */
/* sr_save_vcpu.c: CPU policy and vcpus into the stream. Frames in the registers become pfns. */
#include <stdlib.h>
#include <string.h>

#include "sr.h"

int sr_save_policy(struct sr_save *s)
{
	struct xc_interface *xch = s->xch;
	uint32_t leaves = 0, msrs = 0;
	xen_cpuid_leaf_t *l = NULL;
	xen_msr_entry_t *m = NULL;
	int rc = 0;

	if (xc_get_cpu_policy(xch, XEN_SYSCTL_cpu_policy_pv_max, &leaves, NULL, &msrs, NULL) < 0)
		return errno == ENOSYS || errno == EOPNOTSUPP ? 0 : -errno;
	l = calloc(leaves + 1, sizeof(*l));
	m = calloc(msrs + 1, sizeof(*m));
	if (!l || !m)
		rc = -ENOMEM;
	else if (xc_domain_get_cpu_policy(xch, s->domid, &leaves, l, &msrs, m) < 0)
		rc = -errno;
	if (rc == 0 && leaves)
		rc = sr_put(s, XC_RECORD_CPUID_POLICY, NULL, 0, l, leaves * sizeof(*l));
	if (rc == 0 && msrs)
		rc = sr_put(s, XC_RECORD_MSR_POLICY, NULL, 0, m, msrs * sizeof(*m));
	free(l);
	free(m);
	return rc;
}

static int to_pfn(struct sr_save *s, unsigned int vcpu, const char *what, unsigned long *frame)
{
	uint64_t pfn;

	if (!sr_pfn_of(s, *frame, &pfn))
		return xc_note(s->xch, -ERANGE, "vcpu %u: %s, frame %#lx, is not the guest's", vcpu,
			       what, *frame);
	*frame = (unsigned long)pfn;
	return 0;
}

static int to_pfn_cr3(struct sr_save *s, unsigned int vcpu, const char *what, unsigned long *cr3)
{
	unsigned long frame = xen_cr3_to_pfn(*cr3);
	int rc = to_pfn(s, vcpu, what, &frame);

	if (rc == 0)
		*cr3 = xen_pfn_to_cr3(frame);
	return rc;
}

static int save_basic(struct sr_save *s, unsigned int vcpu)
{
	const struct sr_vcpu head = { .id = vcpu };
	struct vcpu_guest_context *c = calloc(1, sizeof(*c));
	unsigned int i;
	int rc = 0;

	if (!c)
		return -ENOMEM;
	if (xc_vcpu_getcontext(s->xch, s->domid, vcpu, c) < 0)
		rc = xc_note(s->xch, -errno, "registers of vcpu %u: %s", vcpu, strerror(errno));
	if (rc == 0 && vcpu == 0) /* SCHEDOP_shutdown's third argument: its start_info */
		rc = to_pfn(s, vcpu, "start_info", &c->user_regs.rdx);
	for (i = 0; rc == 0 && i < 16 && i * 512 < c->gdt_ents; i++)
		rc = to_pfn(s, vcpu, "GDT", &c->gdt_frames[i]);
	if (rc == 0)
		rc = to_pfn_cr3(s, vcpu, "cr3", &c->ctrlreg[3]);
	if (rc == 0 && c->ctrlreg[1]) { /* 64-bit guests: the user's, with a bit to show it is there */
		unsigned long user = c->ctrlreg[1] & ~1UL;

		rc = to_pfn_cr3(s, vcpu, "user cr3", &user);
		c->ctrlreg[1] = user | 1;
	}
	if (rc == 0)
		rc = sr_put(s, XC_RECORD_VCPU_BASIC, &head, sizeof(head), c, sizeof(*c));
	free(c);
	return rc;
}

static int save_extended(struct sr_save *s, unsigned int vcpu)
{
	const struct sr_vcpu head = { .id = vcpu };
	struct xen_domctl op = {
		.cmd = XEN_DOMCTL_get_ext_vcpucontext, .domain = (domid_t)s->domid,
		.u.ext_vcpucontext.vcpu = vcpu,
	};
	int rc = do_domctl(s->xch, &op);

	if (rc < 0)
		return xc_note(s->xch, rc, "callbacks of vcpu %u: %s", vcpu, strerror(-rc));
	return sr_put(s, XC_RECORD_VCPU_EXTENDED, &head, sizeof(head), &op.u.ext_vcpucontext,
		      sizeof(op.u.ext_vcpucontext));
}

static int save_xsave(struct sr_save *s, unsigned int vcpu)
{
	const struct sr_vcpu head = { .id = vcpu };
	struct xen_domctl op = {
		.cmd = XEN_DOMCTL_getvcpuextstate, .domain = (domid_t)s->domid,
		.u.vcpuextstate.vcpu = vcpu,
	};
	struct xen_domctl_vcpuextstate *e = &op.u.vcpuextstate;
	struct xc_buf b = { 0 };
	int rc = do_domctl(s->xch, &op);

	if (rc == 0 && e->size == 0)
		return 0; /* no XSAVE here */
	if (rc == 0)
		rc = e->size > 1U << 20 ? -EPROTO : buf_get(s->xch, &b, e->size, NULL);
	if (rc == 0) {
		e->vcpu = vcpu;
		set_xen_guest_handle(e->buffer, b.p);
		rc = do_domctl(s->xch, &op);
	}
	if (rc == 0 && e->size > b.bytes)
		rc = -EPROTO;
	if (rc == 0 && e->size)
		rc = sr_put(s, XC_RECORD_VCPU_XSAVE, &head, sizeof(head), b.p, e->size);
	else if (rc < 0)
		xc_note(s->xch, rc, "XSAVE state of vcpu %u: %s", vcpu, strerror(-rc));
	buf_put(s->xch, &b);
	return rc;
}

static int save_msrs(struct sr_save *s, unsigned int vcpu)
{
	const struct sr_vcpu head = { .id = vcpu };
	struct xen_domctl op = {
		.cmd = XEN_DOMCTL_get_vcpu_msrs, .domain = (domid_t)s->domid,
		.u.vcpu_msrs.vcpu = vcpu,
	};
	struct xen_domctl_vcpu_msrs *m = &op.u.vcpu_msrs;
	struct xc_buf b = { 0 };
	int rc = do_domctl(s->xch, &op);

	if (rc == 0 && m->msr_count == 0)
		return 0;
	if (rc == 0)
		rc = m->msr_count > 4096 ? -EPROTO : buf_get(s->xch, &b, m->msr_count *
			sizeof(struct xen_domctl_vcpu_msr), NULL);
	if (rc == 0) {
		set_xen_guest_handle(m->msrs, b.p);
		rc = do_domctl(s->xch, &op);
	}
	if (rc == 0 && m->msr_count * sizeof(struct xen_domctl_vcpu_msr) > b.bytes)
		rc = -EPROTO;
	if (rc == 0 && m->msr_count)
		rc = sr_put(s, XC_RECORD_VCPU_MSRS, &head, sizeof(head), b.p,
			    m->msr_count * sizeof(struct xen_domctl_vcpu_msr));
	else if (rc < 0)
		xc_note(s->xch, rc, "MSRs of vcpu %u: %s", vcpu, strerror(-rc));
	buf_put(s->xch, &b);
	return rc;
}

int sr_save_vcpus(struct sr_save *s)
{
	unsigned int v;
	int rc = 0;

	for (v = 0; rc == 0 && v <= s->info.max_vcpu_id; v++) {
		xc_vcpuinfo_t info;

		if (xc_vcpu_getinfo(s->xch, s->domid, v, &info) < 0)
			return xc_note(s->xch, -errno, "vcpu %u: %s", v, strerror(errno));
		if (!info.online)
			continue;
		rc = save_basic(s, v);
		if (rc == 0)
			rc = save_extended(s, v);
		if (rc == 0)
			rc = save_xsave(s, v);
		if (rc == 0)
			rc = save_msrs(s, v);
	}
	return rc;
}
