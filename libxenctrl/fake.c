/* SPDX-License-Identifier: MIT */
/* fake.c: the machine of fake.h. Only what the tests need is there; the rest is -ENOSYS. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fake_private.h"

/* ---- sysctl ---------------------------------------------------------------------------------- */

static long list_domains(struct fake *f, struct xen_sysctl_getdomaininfolist *l)
{
	uint32_t i;

	l->num_domains = 0;
	for (i = l->first_domain; i < FAKE_DOMAINS && l->num_domains < l->max_domains; i++)
		if (f->dom[i].exists)
			fake_describe(f, i, &l->buffer.p[l->num_domains++]);
	return 0;
}

static long read_console(struct xen_sysctl_readconsole *r)
{
	static const char text[] = "(XEN) fake machine\n";
	uint32_t n = sizeof(text) - 1 - (r->incremental ? r->index : 0);

	if (n > r->count)
		n = r->count;
	memcpy(r->buffer.p, text + (r->incremental ? r->index : 0), n);
	r->index += n;
	r->count = n;
	return 0;
}

static long fake_sysctl(struct fake *f, struct xen_sysctl *op)
{
	if (op->interface_version != XEN_SYSCTL_INTERFACE_VERSION)
		return -EACCES;
	switch (op->cmd) {
	case XEN_SYSCTL_physinfo:
		memset(&op->u.physinfo, 0, sizeof(op->u.physinfo));
		op->u.physinfo.nr_cpus = 2;
		op->u.physinfo.max_cpu_id = 1;
		op->u.physinfo.total_pages = f->frames;
		op->u.physinfo.free_pages = f->free;
		return 0;
	case XEN_SYSCTL_getdomaininfolist:
		return list_domains(f, &op->u.getdomaininfolist);
	case XEN_SYSCTL_readconsole:
		return read_console(&op->u.readconsole);
	case XEN_SYSCTL_get_cpu_policy:
		op->u.cpu_policy.nr_leaves = FAKE_LEAVES;
		op->u.cpu_policy.nr_msrs = FAKE_MSRS;
		return 0;
	case XEN_SYSCTL_sched_id:
		op->u.sched_id.sched_id = XEN_SCHEDULER_CREDIT2;
		return 0;
	default:
		return -ENOSYS;
	}
}

/* ---- the table of hypercalls ----------------------------------------------------------------- */

static long fake_evtchn(struct fake *f, uint64_t cmd, struct evtchn_alloc_unbound *arg)
{
	if (cmd != EVTCHNOP_alloc_unbound)
		return -ENOSYS;
	if (arg->dom >= FAKE_DOMAINS || !f->dom[arg->dom].exists)
		return -ESRCH;
	arg->port = f->dom[arg->dom].next_port++;
	return 0;
}

static long fake_gnttab(struct fake *f, uint64_t cmd, struct gnttab_setup_table *op)
{
	if (cmd != GNTTABOP_setup_table || !f->dom[op->dom].exists)
		return -ENOSYS;
	op->frame_list.p[0] = f->dom[op->dom].grant_frame;
	return 0;
}

static bool wanted_failure(struct fake *f, unsigned int op, const uint64_t args[5])
{
	uint64_t cmd = args[0];

	if (!f->fail_errno || op != f->fail_op)
		return false;
	if (op == __HYPERVISOR_domctl || op == __HYPERVISOR_sysctl)
		cmd = *(uint32_t *)(uintptr_t)args[0];
	if (op == __HYPERVISOR_mmuext_op)
		cmd = ((struct mmuext_op *)(uintptr_t)args[0])->cmd;
	return cmd == f->fail_cmd && f->fail_after-- <= 0;
}

static long fake_hypercall(void *ctx, unsigned int op, const uint64_t args[5])
{
	struct fake *f = ctx;

	f->calls++;
	if (wanted_failure(f, op, args))
		return -f->fail_errno;
	switch (op) {
	case __HYPERVISOR_domctl:
		return fake_domctl(f, (void *)(uintptr_t)args[0]);
	case __HYPERVISOR_sysctl:
		return fake_sysctl(f, (void *)(uintptr_t)args[0]);
	case __HYPERVISOR_memory_op:
		return fake_memory_op(f, args[0], (void *)(uintptr_t)args[1]);
	case __HYPERVISOR_mmuext_op:
		return fake_mmuext_list(f, (void *)(uintptr_t)args[0], args[1], (uint32_t)args[3]);
	case __HYPERVISOR_event_channel_op:
		return fake_evtchn(f, args[0], (void *)(uintptr_t)args[1]);
	case __HYPERVISOR_grant_table_op:
		return fake_gnttab(f, args[0], (void *)(uintptr_t)args[1]);
	case __HYPERVISOR_xen_version:
		return args[0] == XENVER_version ? 0x40011 : -ENOSYS;
	default:
		return -ENOSYS;
	}
}

static void fake_close(void *ctx)
{
	struct fake *f = ctx;
	uint32_t i;

	f->destroy_again = 0;
	for (i = 0; i < FAKE_DOMAINS; i++)
		fake_destroy(f, i);
	close(f->fd);
	munmap(f->m2p, M2P_BYTES);
	close(f->m2p_fd);
	free(f->window);
	free(f->owner);
	free(f->pinned);
	free(f);
}

static const struct xc_backend fake_backend = {
	.close = fake_close,
	.hypercall = fake_hypercall,
	.alloc = fake_alloc,
	.free = fake_free,
	.map_foreign = fake_map,
	.map_resource = fake_resource,
	.unmap = fake_unmap,
};

static int fake_memory(struct fake *f)
{
	f->fd = memfd_create("fake-machine", MFD_CLOEXEC);
	f->m2p_fd = memfd_create("fake-m2p", MFD_CLOEXEC);
	f->owner = calloc(1, f->frames);
	f->pinned = calloc(1, f->frames);
	if (f->fd < 0 || f->m2p_fd < 0 || !f->owner || !f->pinned ||
	    ftruncate(f->fd, (off_t)f->frames << 12) < 0 || ftruncate(f->m2p_fd, M2P_BYTES) < 0)
		return -ENOMEM;
	f->m2p = mmap(NULL, M2P_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, f->m2p_fd, 0);
	return f->m2p == MAP_FAILED ? -ENOMEM : 0;
}

int xc_fake_open(unsigned int mib, struct xc_interface **ret_xch, struct fake **ret_fake)
{
	struct fake *f = calloc(1, sizeof(*f));

	if (!f)
		return -ENOMEM;
	f->frames = f->free = (uint64_t)mib * 256;
	if (fake_memory(f) < 0) { /* a test ends here: nothing is undone */
		free(f->owner);
		free(f->pinned);
		free(f);
		return -ENOMEM;
	}
	f->dom[0].exists = true;
	f->dom[0].max_vcpus = 1;
	*ret_fake = f;
	return xc_open_backend(&fake_backend, f, ret_xch);
}

bool xc_fake_close(struct xc_interface *xch)
{
	const struct fake *f = xch->ctx;
	bool clean;

	buf_drop_spares(xch);
	clean = f->windows == 0 && f->buffers == 1; /* one buffer is the handle's own */
	xc_interface_close(xch);
	return clean;
}
