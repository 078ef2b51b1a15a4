/* SPDX-License-Identifier: GPL-2.0-only */
/* op.c: grant_table_op: one row for each operation. No locks.
 *
 * Most operations come in arrays; each element has a status of its own and the call itself
 * succeeds. Preemptible between elements (batches, when unmapping). */
#include "private.h"
#include <hv/hypercall.h>
#include <hv/softirq.h>

#define MAX_OP_SIZE 40

struct grant_row {
	void (*one)(void *op);       /* an element */
	uint8_t size;
	uint8_t out_at, out_size;    /* what goes back to the guest */
	bool single;                 /* count must be 1 */
	bool retries;                /* out_at is a status, which may be GRANT_RETRY */
};

#define ROW(fn, type, first, last, one_only)                                        \
	{ fn, sizeof(struct type), offsetof(struct type, first),                    \
	  offsetof(struct type, last) + sizeof(((struct type *)0)->last) -          \
		  offsetof(struct type, first), one_only }

#define COPY_ROW                                                                   \
	{ grant_copy, sizeof(struct gnttab_copy), offsetof(struct gnttab_copy, status), 2, \
	  .retries = true }

static const struct grant_row grant_rows[] = {
	[GNTTABOP_map_grant_ref] = ROW(grant_map, gnttab_map_grant_ref, status, dev_bus_addr, false),
	[GNTTABOP_setup_table] = ROW(grant_setup_table, gnttab_setup_table, status, status, true),
	[GNTTABOP_transfer] = ROW(grant_transfer, gnttab_transfer, status, status, false),
	[GNTTABOP_copy] = COPY_ROW,
	[GNTTABOP_query_size] = ROW(grant_query_size, gnttab_query_size, nr_frames, status, true),
	[GNTTABOP_get_status_frames] =
		ROW(grant_get_status_frames, gnttab_get_status_frames, status, status, true),
	[GNTTABOP_swap_grant_ref] = ROW(grant_swap, gnttab_swap_grant_ref, status, status, false),
};

static long run_row(const struct grant_row *row, unsigned long arg[])
{
	union { struct gnttab_copy copy; uint64_t align; char bytes[MAX_OP_SIZE]; } op;
	unsigned long n = arg[2];

	if (row->single && n != 1)
		return -EINVAL;
	if (!guest_pointer_ok((const void *)arg[1]))
		return -EFAULT;
	for (; n; n--, arg[1] += row->size) {
		if (copy_from_guest_raw(&op, (const void *)arg[1], row->size))
			return -EFAULT;
		row->one(&op);
		if (row->retries && op.copy.status == GRANT_RETRY) {
			arg[2] = n;
			return -ERESTART;
		}
		if (copy_to_guest_raw((char *)arg[1] + row->out_at, op.bytes + row->out_at,
				row->out_size))
			return -EFAULT;
		if (n > 1 && hypercall_preempt_check()) {
			arg[1] += row->size;
			arg[2] = n - 1;
			return -ERESTART;
		}
	}
	return 0;
}

/* Both structures are arrays of 24 bytes with an s16 status at their own place. */
static long run_unmap(unsigned long arg[], bool replace)
{
	union {
		struct gnttab_unmap_grant_ref unmap[UNMAP_BATCH];
		struct gnttab_unmap_and_replace replace[UNMAP_BATCH];
	} ops;
	const size_t size = sizeof(ops.unmap[0]);
	unsigned long n, i;
	char *guest;

	if (!guest_pointer_ok((const void *)arg[1]))
		return -EFAULT;
	static_assert(sizeof(ops.unmap) == sizeof(ops.replace), "same size");
	while (arg[2]) {
		n = min(arg[2], (unsigned long)UNMAP_BATCH);
		guest = (char *)arg[1];
		if (copy_from_guest_raw(&ops, guest, n * size))
			return -EFAULT;
		if (replace)
			grant_unmap_replace_batch(ops.replace, n);
		else
			grant_unmap_batch(ops.unmap, n);
		for (i = 0; i < n; i++) {
			int16_t status = replace ? ops.replace[i].status : ops.unmap[i].status;
			size_t at = replace ? offsetof(struct gnttab_unmap_and_replace, status) :
				offsetof(struct gnttab_unmap_grant_ref, status);

			if (copy_to_guest_raw(guest + i * size + at, &status, sizeof(status)))
				return -EFAULT;
		}
		arg[1] += n * size;
		arg[2] -= n;
		if (arg[2] && hypercall_preempt_check())
			return -ERESTART;
	}
	return 0;
}

static long set_version(unsigned long guest)
{
	struct gnttab_set_version op;
	long rc;

	if (copy_from_guest_raw(&op, (const void *)guest, sizeof(op)))
		return -EFAULT;
	rc = grant_set_version(op.version, &op.version);
	return copy_to_guest_raw((void *)guest, &op, sizeof(op)) ? -EFAULT : rc;
}

static long get_version(unsigned long guest)
{
	struct gnttab_get_version op;
	struct domain *d;
	long rc;

	if (copy_from_guest_raw(&op, (const void *)guest, sizeof(op)))
		return -EFAULT;
	rc = target_get_permitted(op.dom, &d);
	if (rc)
		return rc;
	op.version = READ_ONCE(d->grant->version);
	domain_put(d);
	return copy_to_guest_raw((void *)guest, &op, sizeof(op)) ? -EFAULT : 0;
}

/* A list that is not in the guest's part of the address space fails the whole call. */
static bool bad_frame_list(unsigned long guest)
{
	struct gnttab_setup_table op;

	return copy_from_guest_raw(&op, (const void *)guest, sizeof(op)) ||
		!guest_pointer_ok(op.frame_list.p);
}

/* arg: command, array, count. */
long do_grant_table_op(unsigned long arg[])
{
	unsigned int cmd = (uint32_t)arg[0] & GRANT_CMD_MASK;

	arg[2] = (uint32_t)arg[2];
	if ((int32_t)arg[2] < 0)
		return -EINVAL;
	if (cmd != GNTTABOP_cache_flush && (uint32_t)arg[0] != cmd)
		return -EINVAL;
	switch (cmd) {
	case GNTTABOP_unmap_grant_ref:
		return run_unmap(arg, false);
	case GNTTABOP_unmap_and_replace:
		return run_unmap(arg, true);
	case GNTTABOP_set_version: /* one structure, whatever the count */
		return set_version(arg[1]);
	case GNTTABOP_get_version:
		return get_version(arg[1]);
	case GNTTABOP_cache_flush:
		return grant_cache_flush(arg);
	case GNTTABOP_setup_table:
		if (arg[2] == 1 && bad_frame_list(arg[1]))
			return -EFAULT;
		/* fall through */
	default:
		if (cmd >= ARRAY_SIZE(grant_rows) || !grant_rows[cmd].one)
			return -ENOSYS;
		return run_row(&grant_rows[cmd], arg);
	}
}
