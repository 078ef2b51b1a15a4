/* SPDX-License-Identifier: GPL-2.0-only */
/* vcpu_op.c: vcpu_op: life, timers and records of the caller's own vcpus.
 *
 * Locks: d->hypercall_lock (LOCK_HYPERCALL) while a vcpu is brought up or its vcpu_info moved;
 *        nobody waits for vcpus to stop with it held. */
#include <hv/hypercall.h>
#include <hv/arch.h>
#include <hv/guest_access.h>
#include <hv/target.h>
#include <xen/sched.h>
#include <xen/vcpu.h>

#define MIN_PERIOD MILLISECS(1)

static long vcpu_op_initialise(struct vcpu *v, unsigned long guest)
{
	struct vcpu_guest_context *ctxt;
	struct domain *d = v->domain;
	long rc = -EFAULT;

	if (!vcpu_has_info(v))
		return -EINVAL;
	ctxt = xzalloc(struct vcpu_guest_context);
	if (!ctxt)
		return -ENOMEM;
	if (!copy_from_guest_raw(ctxt, (const void *)guest, sizeof(*ctxt))) {
		spin_lock(&d->hypercall_lock);
		rc = v->is_initialised ? -EEXIST : arch_vcpu_set_context(v, ctxt);
		if (!rc)
			v->is_initialised = true;
		spin_unlock(&d->hypercall_lock);
	}
	xfree(ctxt);
	return rc;
}

static long vcpu_op_up(struct vcpu *v, unsigned long guest)
{
	struct domain *d = v->domain;
	bool wake = false;
	long rc = 0;

	spin_lock(&d->hypercall_lock);
	if (!v->is_initialised)
		rc = -EINVAL;
	else
		wake = test_and_clear_bit(VPF_down, v->pause_flags);
	spin_unlock(&d->hypercall_lock);
	if (wake)
		vcpu_wake(v);
	return rc;
}

static long vcpu_op_down(struct vcpu *v, unsigned long guest)
{
	struct domain *d = v->domain;
	struct vcpu *o;

	for_each_vcpu(d, o) {
		if (o != v && !test_bit(VPF_down, o->pause_flags))
			break;
	}
	if (!o) { /* the last one: nobody could bring it up again */
		domain_shutdown(d, SHUTDOWN_poweroff);
		return 0;
	}
	if (!test_and_set_bit(VPF_down, v->pause_flags))
		vcpu_sleep_nosync(v);
	return 0;
}

static long vcpu_op_is_up(struct vcpu *v, unsigned long guest)
{
	return !test_bit(VPF_down, v->pause_flags);
}

static long vcpu_op_get_runstate(struct vcpu *v, unsigned long guest)
{
	struct vcpu_runstate_info info;

	vcpu_runstate_get(v, &info);
	return copy_to_guest_raw((void *)guest, &info, sizeof(info)) ? -EFAULT : 0;
}

static long vcpu_op_register_runstate(struct vcpu *v, unsigned long guest)
{
	struct vcpu_register_runstate_memory_area area;
	struct vcpu_runstate_info info;

	if (copy_from_guest_raw(&area, (const void *)guest, sizeof(area)))
		return -EFAULT;
	if (!guest_pointer_ok((const void *)area.addr.p))
		return -EFAULT;
	v->runstate_guest = area.addr.h;
	if (guest_handle_is_null(area.addr.h))
		return 0;
	/* A bad address costs the guest its record only: it is checked at every write. */
	vcpu_runstate_get(v, &info);
	(void)!copy_to_guest(area.addr.h, &info, 1);
	return 0;
}

static long vcpu_op_set_periodic(struct vcpu *v, unsigned long guest)
{
	struct vcpu_set_periodic_timer set;

	if (copy_from_guest_raw(&set, (const void *)guest, sizeof(set)))
		return -EFAULT;
	if (set.period_ns < MIN_PERIOD || set.period_ns > (uint64_t)STIME_MAX / 2)
		return -EINVAL;
	vcpu_set_periodic_timer(v, set.period_ns);
	return 0;
}

static long vcpu_op_stop_periodic(struct vcpu *v, unsigned long guest)
{
	vcpu_set_periodic_timer(v, 0);
	return 0;
}

static long vcpu_op_set_singleshot(struct vcpu *v, unsigned long guest)
{
	struct vcpu_set_singleshot_timer set;

	if (v != current)
		return -EINVAL;
	if (copy_from_guest_raw(&set, (const void *)guest, sizeof(set)))
		return -EFAULT;
	/* As in 4.17 the flags mean nothing: a deadline in the past is over at once. */
	if (set.timeout_abs_ns > STIME_MAX)
		set.timeout_abs_ns = STIME_MAX;
	vcpu_set_singleshot_timer(v, set.timeout_abs_ns);
	return 0;
}

static long vcpu_op_stop_singleshot(struct vcpu *v, unsigned long guest)
{
	if (v != current)
		return -EINVAL;
	vcpu_stop_singleshot_timer(v);
	return 0;
}

static long vcpu_op_register_info(struct vcpu *v, unsigned long guest)
{
	struct vcpu_register_vcpu_info info;
	struct domain *d = v->domain;
	long rc;

	if (copy_from_guest_raw(&info, (const void *)guest, sizeof(info)))
		return -EFAULT;
	spin_lock(&d->hypercall_lock);
	rc = vcpu_register_info(v, mk_gfn(info.mfn), info.offset);
	spin_unlock(&d->hypercall_lock);
	if (!rc)
		arch_update_vcpu_time(v);
	return rc;
}

/* send_nmi, get_physid and register_vcpu_time_memory_area are the arch's. */
static long (*const vcpu_rows[])(struct vcpu *v, unsigned long guest) = {
	[VCPUOP_initialise] = vcpu_op_initialise,
	[VCPUOP_up] = vcpu_op_up,
	[VCPUOP_down] = vcpu_op_down,
	[VCPUOP_is_up] = vcpu_op_is_up,
	[VCPUOP_get_runstate_info] = vcpu_op_get_runstate,
	[VCPUOP_register_runstate_memory_area] = vcpu_op_register_runstate,
	[VCPUOP_set_periodic_timer] = vcpu_op_set_periodic,
	[VCPUOP_stop_periodic_timer] = vcpu_op_stop_periodic,
	[VCPUOP_set_singleshot_timer] = vcpu_op_set_singleshot,
	[VCPUOP_stop_singleshot_timer] = vcpu_op_stop_singleshot,
	[VCPUOP_register_vcpu_info] = vcpu_op_register_info,
};

/* arg: command, vcpu, argument. */
long do_vcpu_op(unsigned long arg[])
{
	unsigned int cmd = arg[0];
	struct vcpu *v = domain_vcpu(current->domain, (uint32_t)arg[1]);

	if (!v)
		return -ENOENT;
	if (cmd < ARRAY_SIZE(vcpu_rows) && vcpu_rows[cmd])
		return vcpu_rows[cmd](v, arg[2]);
	return arch_vcpu_op(cmd, v, arg[2]);
}
