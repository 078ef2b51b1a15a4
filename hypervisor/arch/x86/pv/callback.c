/* SPDX-License-Identifier: GPL-2.0-only */
/* callback.c: where the guest kernel wants its exceptions, events and system calls. */
#include <hv/domain.h>
#include <hv/guest_access.h>
#include <hv/lib.h>
#include <hv/arch.h>
#include <hv/hypercall.h>
#include <xen/callback.h>
#include "pv.h"

/* Code selectors of guests have ring 3; a null one stays null. */
static uint16_t fixup_guest_code_selector(uint16_t sel)
{
	return (sel & 0xfffc) ? sel | 3 : sel;
}

long do_set_trap_table(unsigned long arg[HYPERCALL_ARGS])
{
	XEN_GUEST_HANDLE(trap_info_t) traps = guest_handle_from_arg(arg[0], trap_info_t);
	struct trap_info *dst = current->arch.trap_ctxt;
	unsigned int n;
	struct trap_info t;

	if (guest_handle_is_null(traps)) {
		memset(dst, 0, 256 * sizeof(*dst));
		return 0;
	}
	for (n = 0; n < 256; n++) {
		if (copy_from_guest(&t, traps, 1))
			return -EFAULT;
		if (!t.address)
			return 0;
		if (!is_canonical(t.address))
			return -EINVAL;
		t.cs = fixup_guest_code_selector(t.cs);
		dst[t.vector] = t;
		guest_handle_add(traps, 1);
	}
	return 0;
}

long do_set_callbacks(unsigned long arg[HYPERCALL_ARGS])
{
	struct vcpu *v = current;

	if (!is_canonical(arg[0]) || !is_canonical(arg[1]) || !is_canonical(arg[2]))
		return -EINVAL;
	v->arch.event_callback = arg[0];
	v->arch.failsafe_callback = arg[1];
	v->arch.syscall_callback = arg[2];
	return 0;
}

static long register_event(struct vcpu *v, const struct callback_register *r)
{
	v->arch.event_callback = r->address;
	return 0;
}

static long register_failsafe(struct vcpu *v, const struct callback_register *r)
{
	v->arch.failsafe_callback = r->address;
	v->arch.failsafe_disables_events = r->flags & CALLBACKF_mask_events;
	return 0;
}

static long register_syscall(struct vcpu *v, const struct callback_register *r)
{
	v->arch.syscall_callback = r->address;
	v->arch.syscall_disables_events = r->flags & CALLBACKF_mask_events;
	return 0;
}

static long register_syscall32(struct vcpu *v, const struct callback_register *r)
{
	v->arch.syscall32_callback = r->address;
	v->arch.syscall32_disables_events = r->flags & CALLBACKF_mask_events;
	return 0;
}

long arch_nmi_callback(unsigned long address)
{
	struct trap_info *t = &current->arch.trap_ctxt[TRAP_NMI];

	if (!is_canonical(address))
		return -EINVAL;
	memset(t, 0, sizeof(*t));
	if (address) {
		t->vector = TRAP_NMI;
		t->flags = TI_MASK_EVENTS;
		t->cs = FLAT_R3_CS64;
		t->address = address;
	}
	return 0;
}

static long register_nmi(struct vcpu *v, const struct callback_register *r)
{
	(void)v;
	return arch_nmi_callback(r->address);
}

typedef long callback_fn(struct vcpu *v, const struct callback_register *r);
/* CALLBACKTYPE_sysenter is refused: SYSENTER faults in 64-bit guests here (MSR_SYSENTER_CS is 0). */
static callback_fn *const callback_rows[] = {
	[CALLBACKTYPE_event] = register_event,
	[CALLBACKTYPE_failsafe] = register_failsafe,
	[CALLBACKTYPE_syscall] = register_syscall,
	[CALLBACKTYPE_nmi] = register_nmi,
	[CALLBACKTYPE_syscall32] = register_syscall32,
};

#define NR_CALLBACK_TYPES 8

static long callback_unregister(struct vcpu *v, unsigned int type)
{
	if (type == CALLBACKTYPE_event || type == CALLBACKTYPE_failsafe ||
		type == CALLBACKTYPE_syscall || type == CALLBACKTYPE_sysenter)
		return -EINVAL;
	if (type != CALLBACKTYPE_nmi)
		return -ENOSYS;
	return arch_nmi_callback(0);
}

long do_callback_op(unsigned long arg[HYPERCALL_ARGS])
{
	struct vcpu *v = current;

	if (arg[0] == CALLBACKOP_register) {
		struct callback_register r;

		if (copy_from_guest_raw(&r, (const void *)arg[1], sizeof(r)))
			return -EFAULT;
		if (r.type >= NR_CALLBACK_TYPES)
			return -ENOSYS;
		if (r.type >= ARRAY_SIZE(callback_rows) || !callback_rows[r.type] ||
			!is_canonical(r.address))
			return -EINVAL;
		return callback_rows[r.type](v, &r);
	}
	if (arg[0] == CALLBACKOP_unregister) {
		struct callback_unregister u;

		if (copy_from_guest_raw(&u, (const void *)arg[1], sizeof(u)))
			return -EFAULT;
		return callback_unregister(v, u.type);
	}
	return -ENOSYS;
}
