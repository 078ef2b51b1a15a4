/* SPDX-License-Identifier: GPL-2.0-only */
/* idle: the guest that toolstacks are timed with: it comes up and sleeps. */
#include "../../guests/guest.h"

void guest_main(void)
{
	for (;;)
		hypercall2(__HYPERVISOR_sched_op, SCHEDOP_block, 0);
}
