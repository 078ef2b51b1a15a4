/* SPDX-License-Identifier: MIT */
/* sr_restore_vcpu.c: what a restored guest finds beside its memory: policy, clock, shared_info,
 * start_info and vcpus. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "sr.h"

int sr_restore_blob(struct sr_restore *r, enum sr_blob_kind kind, const void *body, size_t bytes)
{
	const struct sr_vcpu *head = body;
	struct sr_blob *b;

	if (bytes < sizeof(*head) || head->id > r->info.max_vcpu_id || head->id >= SR_VCPUS)
		return xc_note(r->xch, -EINVAL, "is too short or of a vcpu that the domain does not "
			       "have");
	b = &r->vcpu[head->id][kind];
	free(b->data);
	b->bytes = bytes - sizeof(*head);
	b->data = malloc(b->bytes + 1);
	if (!b->data)
		return -ENOMEM;
	memcpy(b->data, head + 1, b->bytes);
	return 0;
}

int sr_restore_policy(struct sr_restore *r, const void *body, size_t bytes)
{
	bool leaves = r->rec.type == XC_RECORD_CPUID_POLICY;
	size_t size = leaves ? sizeof(xen_cpuid_leaf_t) : sizeof(xen_msr_entry_t);
	uint32_t count = (uint32_t)(bytes / size);

	if (bytes % size || count > 4096)
		return xc_note(r->xch, -EINVAL, "its size is wrong");
	if (xc_domain_set_cpu_policy(r->xch, r->domid, leaves ? count : 0, leaves ? body : NULL,
				     leaves ? 0 : count, leaves ? NULL : body) == 0)
		return 0;
	if (errno == ENOSYS || errno == EOPNOTSUPP)
		return 0; /* the hypervisor has one policy for all */
	return xc_note(r->xch, -errno, "this machine cannot give the guest the CPU it had: %s",
		       strerror(errno));
}

int sr_restore_tsc(struct sr_restore *r, const void *body, size_t bytes)
{
	const struct sr_tsc *t = body;
	struct xen_domctl_tsc_info info;

	if (bytes != sizeof(*t))
		return xc_note(r->xch, -EINVAL, "its size is wrong");
	info = (struct xen_domctl_tsc_info){
		.tsc_mode = t->mode, .gtsc_khz = t->khz, .incarnation = t->incarnation,
		.elapsed_nsec = t->nsec,
	};
	if (xc_domain_set_tsc_info(r->xch, r->domid, &info) < 0)
		return xc_note(r->xch, -errno, "%s", strerror(errno));
	return 0;
}

static int map_frame(struct sr_restore *r, xen_pfn_t mfn, void *ret_addr)
{
	return do_map(r->xch, r->domid, PROT_READ | PROT_WRITE, &mfn, 1, NULL, ret_addr);
}

/* The vcpus' part and what the guest told of its p2m; the clocks are the hypervisor's, and the event
 * channels of the old domain are gone. */
int sr_restore_shared(struct sr_restore *r)
{
	const struct shared_info *from = (const void *)r->shared;
	struct shared_info *to;
	unsigned int v;
	int rc = map_frame(r, r->info.shared_info_frame, &to);

	if (rc < 0)
		return xc_note(r->xch, rc, "shared_info: %s", strerror(-rc));
	memcpy(to->vcpu_info, from->vcpu_info, sizeof(to->vcpu_info));
	to->arch = from->arch;
	to->arch.pfn_to_mfn_frame_list_list = 0; /* frames of the old domain */
	to->arch.p2m_cr3 = 0;
	memset(to->evtchn_pending, 0, sizeof(to->evtchn_pending));
	memset(to->evtchn_mask, 0xff, sizeof(to->evtchn_mask));
	for (v = 0; v < XEN_LEGACY_MAX_VCPUS; v++)
		to->vcpu_info[v].evtchn_pending_sel = 0;
	r->xch->backend->unmap(r->xch->ctx, to, 1);
	return 0;
}

static int to_mfn(struct sr_restore *r, const char *what, unsigned long *frame)
{
	uint64_t mfn;

	if (!sr_mfn_of(r, *frame, &mfn))
		return xc_note(r->xch, -EINVAL, "%s: pfn %#lx did not come", what, *frame);
	*frame = (unsigned long)mfn;
	return 0;
}

static struct vcpu_guest_context *basic_of(struct sr_restore *r, unsigned int vcpu)
{
	const struct sr_blob *b = &r->vcpu[vcpu][SR_BASIC];

	return b->data && b->bytes == sizeof(struct vcpu_guest_context) ? b->data : NULL;
}

/* vcpu 0 waits in SCHEDOP_shutdown for the frame of start_info, where the rings' frames, as pfns,
 * and their ports are. */
int sr_restore_start_info(struct sr_restore *r)
{
	struct vcpu_guest_context *c = basic_of(r, 0);
	xen_pfn_t store, console;
	struct start_info *si;
	int rc;

	if (!c)
		return xc_note(r->xch, -EINVAL, "no X86_PV_VCPU_BASIC of vcpu 0");
	rc = to_mfn(r, "start_info", &c->user_regs.rdx);
	if (rc == 0)
		rc = map_frame(r, c->user_regs.rdx, &si);
	if (rc < 0)
		return rc;
	store = si->store_mfn;
	console = si->console.domU.mfn;
	rc = to_mfn(r, "xenstore's ring", &store);
	if (rc == 0)
		rc = to_mfn(r, "console ring", &console);
	if (rc == 0) {
		si->nr_pages = r->pages;
		si->shared_info = (unsigned long)r->info.shared_info_frame << XC_PAGE_SHIFT;
		si->flags &= SIF_VIRT_P2M_4TOOLS;
		si->store_mfn = store;
		si->store_evtchn = r->params->store_evtchn;
		si->console.domU.mfn = console;
		si->console.domU.evtchn = r->params->console_evtchn;
		r->result.store_mfn = store;
		r->result.console_mfn = console;
	}
	r->xch->backend->unmap(r->xch->ctx, si, 1);
	return rc;
}

static int set_basic(struct sr_restore *r, unsigned int vcpu, struct vcpu_guest_context *c)
{
	unsigned long frame;
	unsigned int i;
	int rc = c->gdt_ents > 8192 ? -EINVAL : 0;

	for (i = 0; rc == 0 && i < 16 && i * 512 < c->gdt_ents; i++) {
		sr_unkeep(r, c->gdt_frames[i]);
		rc = to_mfn(r, "GDT", &c->gdt_frames[i]);
	}
	frame = xen_cr3_to_pfn(c->ctrlreg[3]);
	if (rc == 0)
		rc = to_mfn(r, "cr3", &frame);
	c->ctrlreg[3] = xen_pfn_to_cr3(frame);
	if (rc == 0 && c->ctrlreg[1] & 1) {
		frame = xen_cr3_to_pfn(c->ctrlreg[1]);
		rc = to_mfn(r, "user cr3", &frame);
		c->ctrlreg[1] = xen_pfn_to_cr3(frame);
	} else {
		c->ctrlreg[1] = 0;
	}
	if (rc == 0 && xc_vcpu_setcontext(r->xch, r->domid, vcpu, c) < 0)
		rc = xc_note(r->xch, -errno, "registers of vcpu %u: %s", vcpu, strerror(errno));
	return rc;
}

static int set_extended(struct sr_restore *r, unsigned int vcpu, const struct sr_blob *b)
{
	struct xen_domctl op = {
		.cmd = XEN_DOMCTL_set_ext_vcpucontext, .domain = (domid_t)r->domid,
	};
	size_t bytes = b->bytes < sizeof(op.u) ? b->bytes : sizeof(op.u);

	memcpy(&op.u, b->data, bytes);
	op.u.ext_vcpucontext.vcpu = vcpu;
	return do_domctl(r->xch, &op);
}

static int set_xsave(struct sr_restore *r, unsigned int vcpu, const struct sr_blob *b)
{
	struct xen_domctl op = {
		.cmd = XEN_DOMCTL_setvcpuextstate, .domain = (domid_t)r->domid,
		.u.vcpuextstate = { .vcpu = vcpu, .size = b->bytes },
	};
	struct xc_buf buf;
	int rc = buf_get(r->xch, &buf, b->bytes, b->data);

	if (rc == 0) {
		set_xen_guest_handle(op.u.vcpuextstate.buffer, buf.p);
		rc = do_domctl(r->xch, &op);
	}
	buf_put(r->xch, &buf);
	return rc;
}

static int set_msrs(struct sr_restore *r, unsigned int vcpu, const struct sr_blob *b)
{
	struct xen_domctl op = {
		.cmd = XEN_DOMCTL_set_vcpu_msrs, .domain = (domid_t)r->domid,
		.u.vcpu_msrs = {
			.vcpu = vcpu,
			.msr_count = (uint32_t)(b->bytes / sizeof(struct xen_domctl_vcpu_msr)),
		},
	};
	struct xc_buf buf;
	int rc;

	if (b->bytes % sizeof(struct xen_domctl_vcpu_msr))
		return -EINVAL;
	rc = buf_get(r->xch, &buf, b->bytes, b->data);
	if (rc == 0) {
		set_xen_guest_handle(op.u.vcpu_msrs.msrs, buf.p);
		rc = do_domctl(r->xch, &op);
	}
	buf_put(r->xch, &buf);
	return rc;
}

static int restore_vcpu(struct sr_restore *r, unsigned int v)
{
	static const struct {
		int (*set)(struct sr_restore *r, unsigned int vcpu, const struct sr_blob *b);
		uint32_t record;
	} rest[SR_BLOBS] = {
		[SR_EXTENDED] = { set_extended, XC_RECORD_VCPU_EXTENDED },
		[SR_XSAVE] = { set_xsave, XC_RECORD_VCPU_XSAVE },
		[SR_MSRS] = { set_msrs, XC_RECORD_VCPU_MSRS },
	};
	struct vcpu_guest_context *c = basic_of(r, v);
	unsigned int k;
	int rc;

	if (!c)
		return r->vcpu[v][SR_BASIC].data
			? xc_note(r->xch, -EINVAL, "registers of vcpu %u: wrong size", v) : 0;
	rc = set_basic(r, v, c);
	for (k = SR_EXTENDED; rc == 0 && k < SR_BLOBS; k++) {
		if (!r->vcpu[v][k].data || !r->vcpu[v][k].bytes)
			continue;
		rc = rest[k].set(r, v, &r->vcpu[v][k]);
		if (rc < 0)
			xc_note(r->xch, rc, "%s of vcpu %u: %s", xc_record_name(rest[k].record), v,
				strerror(-rc));
	}
	return rc;
}

int sr_restore_vcpus(struct sr_restore *r)
{
	unsigned int v;
	int rc = 0;

	for (v = 0; rc == 0 && v < SR_VCPUS; v++)
		rc = restore_vcpu(r, v);
	return rc;
}
