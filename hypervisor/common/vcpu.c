/* SPDX-License-Identifier: GPL-2.0-only */
/* vcpu.c: creation and end of vcpus, and where their vcpu_info is.
 *
 * Locks:   creation and registration run under the caller's per-domain serialisation (domctl, or
 *          the vcpu itself). A vcpu is linked last, completely built, so that for_each_vcpu()
 *          needs no lock; it goes away with its domain only. */
#include <hv/domain.h>
#include <hv/arch.h>
#include <hv/lib.h>
#include <hv/pool.h>
#include "sched-private.h"
#include <asm/current.h>

/* vcpus beyond shared_info's slots have this until they register their own. */
static struct vcpu_info dummy_vcpu_info;

bool vcpu_has_info(const struct vcpu *v)
{
	return v->vcpu_info != &dummy_vcpu_info;
}

static unsigned int first_processor(const struct domain *d, unsigned int vcpu_id)
{
	if (is_idle_domain(d))
		return vcpu_id;
	if (!vcpu_id || !d->vcpu[vcpu_id - 1])
		return cpumask_first(&d->pool->cpus);
	return cpumask_cycle(d->vcpu[vcpu_id - 1]->processor, &d->pool->cpus);
}

static void link_vcpu(struct domain *d, struct vcpu *v)
{
	unsigned int prev = v->vcpu_id;

	while (prev && !d->vcpu[prev - 1])
		prev--;
	if (prev) {
		v->next_in_list = d->vcpu[prev - 1]->next_in_list;
		smp_wmb();
		WRITE_ONCE(d->vcpu[prev - 1]->next_in_list, v);
	}
	smp_wmb();
	WRITE_ONCE(d->vcpu[v->vcpu_id], v);
}

struct vcpu *vcpu_create(struct domain *d, unsigned int vcpu_id)
{
	bool idle = is_idle_domain(d);
	struct vcpu *v;

	if (vcpu_id >= d->max_vcpus || d->vcpu[vcpu_id])
		return NULL;
	v = xzalloc(struct vcpu);
	if (!v)
		return NULL;
	v->vcpu_id = vcpu_id;
	v->domain = d;
	evtchn_vcpu_init(v);
	v->vcpu_info = &dummy_vcpu_info;
	if (!idle) {
		set_bit(VPF_down, v->pause_flags);
		if (vcpu_id < LEGACY_MAX_VCPUS)
			v->vcpu_info = &d->shared_info->vcpu_info[vcpu_id];
	}
	if (sched_vcpu_init(v, first_processor(d, vcpu_id)))
		goto err_free;
	if (arch_vcpu_create(v))
		goto err_sched;
	link_vcpu(d, v);
	return v;

err_sched:
	sched_vcpu_destroy(v);
err_free:
	xfree(v);
	return NULL;
}

void vcpu_free(struct vcpu *v)
{
	vcpu_unregister_info(v);
	arch_vcpu_destroy(v);
	xfree(v);
}

/* Every event may have come between the copy and the switch: the guest is to look at all. */
static void mark_everything_pending(struct vcpu *v)
{
	WRITE_ONCE(v->vcpu_info->evtchn_pending_sel, ~0UL);
	smp_wmb();
	WRITE_ONCE(v->vcpu_info->evtchn_upcall_pending, 1);
}

int vcpu_register_info(struct vcpu *v, gfn_t gfn, unsigned int offset)
{
	struct domain *d = v->domain;
	struct vcpu_info *info;
	struct page *pg;
	mfn_t mfn;

	if (offset > PAGE_SIZE - sizeof(*info) || offset % _Alignof(struct vcpu_info))
		return -ENXIO;
	if (v->vcpu_info_page)
		return -EINVAL;
	if (v != current && !test_bit(VPF_down, v->pause_flags))
		return -EINVAL;
	mfn = arch_gfn_to_mfn(d, gfn);
	if (!mfn_valid(mfn))
		return -EINVAL;
	pg = mfn_to_page(mfn);
	if (!arch_get_page_writable(pg, d))
		return -EINVAL;
	info = (struct vcpu_info *)((char *)page_to_virt(pg) + offset);
	if (v->vcpu_info == &dummy_vcpu_info) {
		memset(info, 0, sizeof(*info));
		info->evtchn_upcall_mask = 1;
	} else {
		memcpy(info, v->vcpu_info, sizeof(*info));
	}
	v->vcpu_info_page = pg;
	smp_mb();
	WRITE_ONCE(v->vcpu_info, info);
	smp_mb();
	mark_everything_pending(v);
	arch_page_dirtied(d, mfn);
	return 0;
}

/* v does not run and nobody raises events for it any more: its domain is dying or resets it. */
void vcpu_unregister_info(struct vcpu *v)
{
	struct page *pg = v->vcpu_info_page;

	if (!pg)
		return;
	v->vcpu_info = &dummy_vcpu_info;
	v->vcpu_info_page = NULL;
	smp_mb();
	arch_page_dirtied(v->domain, page_to_mfn(pg));
	arch_put_page_writable(pg);
}

/* v's domain is paused, and its hypercall_lock is held. */
int vcpu_reset(struct vcpu *v)
{
	int rc = arch_vcpu_reset(v);

	if (rc)
		return rc;
	set_bit(VPF_down, v->pause_flags);
	clear_bit(v->vcpu_id, v->domain->ev.poll_mask);
	v->poll_evtchn = 0;
	v->is_initialised = false;
	clear_bit(VPF_blocked, v->pause_flags);
	return 0;
}
