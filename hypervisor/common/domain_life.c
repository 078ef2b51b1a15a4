/* SPDX-License-Identifier: GPL-2.0-only */
/* domain_life.c: shutdown, resume, crash, kill, and what getdomaininfo tells.
 *
 * Locks:   d->shutdown_lock (LOCK_SHUTDOWN, interrupts off) guards the shutdown fields;
 *          d->page_lock the step to dying, so that no page is assigned after it;
 *          d->hypercall_lock (tried only) lets one CPU at a time tear down.
 * Context: domain_shutdown() and domain_crash() anywhere; the rest from hypercalls. */
#include <hv/domain.h>
#include <hv/arch.h>
#include <hv/console.h>
#include <hv/lib.h>
#include <hv/pool.h>
#include <hv/param.h>
#include <hv/trace.h>
#include <xen/sched.h>
#include <asm/current.h>

/* --- dom0 ------------------------------------------------------------------------------------- */

static void machine_off(void)
{
	arch_machine_poweroff();
}

static void machine_again(void)
{
	arch_machine_restart(0);
}

static void machine_failed(void)
{
	crash_debug_because(CRASH_HWDOM);
	crash_debug_run();
	if (boot_params.noreboot) {
		printk("noreboot: the machine stops here\n");
		arch_machine_halt();
	}
	arch_machine_restart(5000);
}

static const struct { const char *text; void (*act)(void); } dom0_ends[] = {
	[SHUTDOWN_poweroff] = { "dom0 powers the machine off", machine_off },
	[SHUTDOWN_reboot] = { "dom0 restarts the machine", machine_again },
	[SHUTDOWN_suspend] = { "dom0 suspended itself", machine_failed },
	[SHUTDOWN_crash] = { "dom0 crashed", machine_failed },
	[SHUTDOWN_watchdog] = { "dom0's watchdog expired", machine_again },
	[SHUTDOWN_soft_reset] = { "dom0 asked for a soft reset", machine_failed },
};

static void dom0_ended(int reason)
{
	if (reason < 0 || reason >= (int)ARRAY_SIZE(dom0_ends))
		reason = SHUTDOWN_crash;
	printk("%s\n", dom0_ends[reason].text);
	dom0_ends[reason].act();
}

/* --- shutdown and resume ---------------------------------------------------------------------- */

void domain_shutdown(struct domain *d, int reason)
{
	unsigned long flags;
	struct vcpu *v;

	if (d == hardware_domain)
		dom0_ended(reason);
	spin_lock_irqsave(&d->shutdown_lock, flags);
	if (d->is_shutting_down) {
		spin_unlock_irqrestore(&d->shutdown_lock, flags);
		return;
	}
	d->is_shutting_down = true;
	d->shutdown_code = reason;
	smp_mb();
	for_each_vcpu (d, v) {
		vcpu_pause_nosync(v);
		v->paused_for_shutdown = true;
	}
	arch_domain_shutdown(d);
	d->is_shut_down = true;
	spin_unlock_irqrestore(&d->shutdown_lock, flags);
	send_shutdown_event(d);
}

/* All stay put until the last is released: none runs while others are still shut down. */
void domain_resume(struct domain *d)
{
	unsigned long flags;
	struct vcpu *v;

	domain_pause(d);
	spin_lock_irqsave(&d->shutdown_lock, flags);
	d->is_shutting_down = d->is_shut_down = false;
	d->shutdown_code = -1;
	for_each_vcpu (d, v) {
		if (v->paused_for_shutdown)
			vcpu_unpause(v);
		v->paused_for_shutdown = false;
	}
	spin_unlock_irqrestore(&d->shutdown_lock, flags);
	arch_domain_resume(d);
	domain_unpause(d);
}

void domain_crash_reason(struct domain *d, const char *file, int line)
{
	const struct vcpu *v = current;

	if (d->is_shutting_down)
		return;
	if (v && v->domain == d) {
		printk(LOG_WARN "d%uv%u crashed at %s:%d\n", d->domain_id, v->vcpu_id, file, line);
		arch_dump_state();
	} else {
		printk(LOG_WARN "d%u crashed at %s:%d\n", d->domain_id, file, line);
	}
	domain_shutdown(d, SHUTDOWN_crash);
}

/* --- kill -------------------------------------------------------------------------------------- */

/* d stays paused for good. */
static void start_dying(struct domain *d)
{
	spin_lock(&d->page_lock);
	d->is_dying = DOMDYING_dying;
	spin_unlock(&d->page_lock);
	(void)domain_claim_pages(d, 0);
	domain_watchdogs_destroy(d);
	evtchn_destroy(d);
}

static int release_vcpu_infos(struct domain *d)
{
	struct vcpu *v;

	for_each_vcpu (d, v)
		vcpu_unregister_info(v);
	return 0;
}

/* A page that d shares with the hypervisor and that still counts as allocated; referenced. */
static struct page *next_shared_page(struct domain *d)
{
	struct page *pg;

	spin_lock(&d->page_lock);
	for (pg = page_list_first(&d->xenpage_list); pg; pg = page_list_next(pg))
		if ((READ_ONCE(pg->count_info) & PGC_allocated) && get_page(pg, d))
			break;
	spin_unlock(&d->page_lock);
	return pg;
}

/* Grant frames, shared_info: others may still map them, the memory stays until d is freed. */
static int release_shared_pages(struct domain *d)
{
	struct page *pg;

	while ((pg = next_shared_page(d)) != NULL) {
		put_page_alloc_ref(pg);
		put_page(pg);
	}
	return 0;
}

/* Each lets go of something and may be called again after -ERESTART; all are harmless when there
 * is nothing left, so every round starts with the first. */
static int (*const release_steps[])(struct domain *d) = {
	grant_table_release_mappings,
	release_vcpu_infos,
	arch_domain_relinquish,
	release_shared_pages,
};

static int release_all(struct domain *d)
{
	int rc = 0;

	for (unsigned int i = 0; rc == 0 && i < ARRAY_SIZE(release_steps); i++)
		rc = release_steps[i](d);
	return rc;
}

/* Its vcpus are stopped before the lock is taken: one that spins for it would never stop. */
int domain_kill(struct domain *d)
{
	bool died = false;
	int rc = 0;

	if (d == hardware_domain || d == current->domain || d->domain_id >= DOMID_FIRST_RESERVED)
		return -EINVAL;
	domain_pause(d);
	if (!spin_trylock(&d->hypercall_lock)) {
		domain_unpause(d);
		return -ERESTART;
	}
	if (d->is_dying == DOMDYING_alive)
		start_dying(d);
	else
		domain_unpause(d); /* whoever started has paused it too */
	if (d->is_dying == DOMDYING_dying) {
		rc = release_all(d);
		if (rc == 0) {
			d->is_dying = DOMDYING_dead;
			died = true;
		}
	}
	spin_unlock(&d->hypercall_lock);
	if (died) {
		trace(TRC_SCHED_DOM_REM, d->domain_id);
		trace(TRC_DOM0_DOM_REM, d->domain_id);
		send_global_virq(VIRQ_DOM_EXC);
		domain_put(d); /* the list's */
	}
	return rc;
}

/* --- information -------------------------------------------------------------------------------- */

static uint32_t info_flags(const struct domain *d, bool blocked, bool running)
{
	uint32_t flags = 0;

	if (d->is_dying == DOMDYING_dead)
		flags |= XEN_DOMINF_dying;
	if (d->is_shut_down)
		flags |= XEN_DOMINF_shutdown |
			((uint32_t)d->shutdown_code & XEN_DOMINF_shutdownmask)
				<< XEN_DOMINF_shutdownshift;
	if (d->controller_pause_count > 0)
		flags |= XEN_DOMINF_paused;
	if (d->debugger_attached)
		flags |= XEN_DOMINF_debugged;
	if (d->options & XEN_DOMCTL_CDF_xs_domain)
		flags |= XEN_DOMINF_xs_domain;
	return flags | (running ? XEN_DOMINF_running : blocked ? XEN_DOMINF_blocked : 0);
}

void getdomaininfo(struct domain *d, struct xen_domctl_getdomaininfo *ret_info)
{
	bool blocked = true, running = false;
	struct vcpu_runstate_info rs;
	struct vcpu *v;

	memset(ret_info, 0, sizeof(*ret_info));
	ret_info->domain = d->domain_id;
	ret_info->max_vcpu_id = XEN_INVALID_MAX_VCPU_ID;
	for_each_vcpu (d, v) {
		vcpu_runstate_get(v, &rs);
		ret_info->cpu_time += rs.time[RUNSTATE_running];
		ret_info->max_vcpu_id = v->vcpu_id;
		if (test_bit(VPF_down, v->pause_flags))
			continue;
		blocked &= test_bit(VPF_blocked, v->pause_flags);
		running |= vcpu_on_cpu(v);
		ret_info->nr_online_vcpus++;
	}
	ret_info->flags = info_flags(d, blocked, running);
	ret_info->tot_pages = d->tot_pages;
	ret_info->max_pages = d->max_pages;
	ret_info->outstanding_pages = d->outstanding_pages;
	ret_info->shared_info_frame = d->shared_info ? mfn_x(virt_to_mfn(d->shared_info)) : ~0ULL;
	ret_info->cpupool = d->pool ? d->pool->id : ~0U;
	memcpy(ret_info->handle, d->handle, sizeof(d->handle));
	arch_domain_getinfo(d, ret_info);
}
