/* SPDX-License-Identifier: MIT */
/* dom_start.c: what the kernel finds when it starts: start_info, shared_info, registers. */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "dom.h"

#define RFLAGS_IF	0x200

int dom_write_start_info(struct dom *d)
{
	const struct dom_layout *l = &d->layout;
	const struct dom_area *zero[] = { &l->store, &l->console, &l->stack };
	struct start_info *si;
	void *addr;
	size_t i;
	int rc;

	for (i = 0; i < sizeof(zero) / sizeof(zero[0]); i++) {
		rc = dom_map(d, zero[i]->pfn, 1, &addr);
		if (rc < 0)
			return rc;
		memset(addr, 0, XC_PAGE_SIZE);
		dom_unmap(d, addr, 1);
	}
	rc = dom_map(d, l->start_info.pfn, 1, (void **)&si);
	if (rc < 0)
		return rc;
	memset(si, 0, XC_PAGE_SIZE);
	snprintf(si->magic, sizeof(si->magic), "xen-3.0-x86_64");
	si->nr_pages = d->total_pages;
	si->shared_info = d->shared_info_mfn << XC_PAGE_SHIFT;
	si->flags = SIF_VIRT_P2M_4TOOLS;
	si->store_mfn = d->p2m[l->store.pfn];
	si->store_evtchn = d->params->store_evtchn;
	si->console.domU.mfn = d->p2m[l->console.pfn];
	si->console.domU.evtchn = d->params->console_evtchn;
	si->pt_base = dom_vaddr(d, l->tables.pfn);
	si->nr_pt_frames = l->tables.pages;
	si->mfn_list = l->p2m_vaddr;
	if (l->p2m_high) {
		si->first_p2m_pfn = l->p2m.pfn;
		si->nr_p2m_frames = l->p2m.pages + l->p2m_tables.pages;
	}
	if (l->ramdisk.pages) {
		si->mod_start = l->ramdisk_mapped ? dom_vaddr(d, l->ramdisk.pfn) : l->ramdisk.pfn;
		si->mod_len = d->ramdisk_bytes;
		si->flags |= l->ramdisk_mapped ? 0 : SIF_MOD_START_PFN;
	}
	if (d->params->cmdline)
		snprintf((char *)si->cmd_line, sizeof(si->cmd_line), "%s", d->params->cmdline);
	dom_unmap(d, si, 1);
	return 0;
}

/* The hypervisor made it zero and keeps the clocks in it: only the upcall masks are ours. */
int dom_write_shared_info(struct dom *d)
{
	struct shared_info *shared;
	unsigned int i;
	int rc = do_map(d->xch, d->domid, PROT_READ | PROT_WRITE, &d->shared_info_mfn, 1, NULL,
			(void **)&shared);

	if (rc < 0)
		return rc;
	for (i = 0; i < XEN_LEGACY_MAX_VCPUS; i++)
		shared->vcpu_info[i].evtchn_upcall_mask = 1;
	d->xch->backend->unmap(d->xch->ctx, shared, 1);
	return 0;
}

int dom_start_vcpu(struct dom *d)
{
	const struct dom_layout *l = &d->layout;
	struct xen_domctl op = { .cmd = XEN_DOMCTL_setvcpucontext, .domain = (domid_t)d->domid };
	struct vcpu_guest_context *c;
	struct xc_buf b;
	int rc = buf_get(d->xch, &b, sizeof(*c), NULL);

	if (rc < 0)
		return rc;
	c = b.p;
	c->flags = VGCF_in_kernel | VGCF_online;
	c->user_regs.rip = d->image.notes.entry;
	c->user_regs.rsp = dom_vaddr(d, l->stack.pfn + 1);
	c->user_regs.rsi = dom_vaddr(d, l->start_info.pfn);
	c->user_regs.rflags = RFLAGS_IF;
	c->user_regs.cs = FLAT_KERNEL_CS;
	c->user_regs.ss = FLAT_KERNEL_SS;
	c->kernel_ss = FLAT_KERNEL_SS;
	c->kernel_sp = c->user_regs.rsp;
	c->ctrlreg[3] = xen_pfn_to_cr3(d->p2m[l->tables.pfn]);
	set_xen_guest_handle(op.u.vcpucontext.ctxt, c);
	rc = do_domctl(d->xch, &op);
	buf_put(d->xch, &b);
	return rc;
}
