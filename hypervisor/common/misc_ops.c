/* SPDX-License-Identifier: GPL-2.0-only */
/* misc_ops.c: the hypercalls that are a few lines each. No locks. */
#include <hv/hypercall.h>
#include <hv/domain.h>
#include <hv/arch.h>
#include <hv/guest_access.h>
#include <xen/nmi.h>
#include <asm/current.h>

/* arg: command, type. Only the domain's own vcpus change its assists: bit operations suffice. */
long do_vm_assist(unsigned long arg[])
{
	struct domain *d = current->domain;
	unsigned int cmd = arg[0], type = arg[1];

	if (type >= BITS_PER_LONG || !arch_vm_assist_valid(type))
		return -EINVAL;
	if (cmd == VMASST_CMD_enable)
		set_bit(type, (unsigned long *)&d->vm_assist);
	else if (cmd == VMASST_CMD_disable)
		clear_bit(type, (unsigned long *)&d->vm_assist);
	else
		return -ENOSYS;
	return 0;
}

/* arg: absolute system time, 0 to stop. */
long do_set_timer_op(unsigned long arg[])
{
	struct vcpu *v = current;
	s_time_t timeout = arg[0];

	if (timeout == 0) {
		vcpu_stop_singleshot_timer(v);
		return 0;
	}
	/* Old kernels got far deadlines wrong and passed negative ones: look again soon. */
	if (timeout < 0)
		timeout = now() + MILLISECS(100);
	vcpu_set_singleshot_timer(v, timeout);
	return 0;
}

long do_xsm_op(unsigned long arg[])
{
	return -ENOSYS;
}

/* arg: command, argument. The older way to what vector 2 of the trap table does. */
long do_nmi_op(unsigned long arg[])
{
	struct xennmi_callback cb;

	switch ((unsigned int)arg[0]) {
	case XENNMI_register_callback:
		if (copy_from_guest_raw(&cb, (const void *)arg[1], sizeof(cb)))
			return -EFAULT;
		return arch_nmi_callback(cb.handler_address);
	case XENNMI_unregister_callback:
		return arch_nmi_callback(0);
	default:
		return -ENOSYS;
	}
}
