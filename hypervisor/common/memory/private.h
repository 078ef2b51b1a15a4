/* SPDX-License-Identifier: GPL-2.0-only */
/* private.h: what the files of memory/ share. */
#ifndef MEMORY_PRIVATE_H
#define MEMORY_PRIVATE_H

#include <hv/domain.h>
#include <hv/guest_access.h>
#include <hv/hypercall.h>
#include <hv/target.h>
#include <xen/memory.h>

/* A call that gives way puts where it is above the command. */
#define MEMOP_CMD_MASK    0x3fUL
#define MEMOP_EXTENT_SHIFT 6
#define MEMOP_MAX_EXTENT  (~0UL >> (MEMOP_EXTENT_SHIFT + 1))

static inline long memop_continue(unsigned long arg[], unsigned long done)
{
	arg[0] = (arg[0] & MEMOP_CMD_MASK) | done << MEMOP_EXTENT_SHIFT;
	return -ERESTART;
}

/* Largest extent the caller may ask for, as a power of two of pages. */
unsigned int memop_max_order(void);
/* Allocator flags of a reservation's mem_flags; -EINVAL. */
int memop_flags(unsigned int mem_flags, unsigned int *ret_memflags);

/* Handlers: arg[0] the command, arg[1] the guest's pointer; start: extents done before. */
long memop_increase(unsigned long arg[], unsigned long start);
long memop_decrease(unsigned long arg[], unsigned long start);
long memop_populate(unsigned long arg[], unsigned long start);
long memop_exchange(unsigned long arg[], unsigned long start);
long memop_acquire_resource(unsigned long arg[], unsigned long start);
long memop_vnumainfo(unsigned long arg[], unsigned long start);
/* The allocator's node for d's virtual one, if mem_flags name one; -EINVAL: there is no such. */
int memop_vnode(struct domain *d, unsigned int mem_flags, unsigned int *x_memflags);

#endif
