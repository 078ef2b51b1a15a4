/* SPDX-License-Identifier: GPL-2.0-only */
/* kexec.c: no kernel to go on with can be loaded: the answers of a 4.17 that has none, and no memory set
 * aside for one. No locks. */
#include <hv/domain.h>
#include <hv/guest_access.h>
#include <hv/hypercall.h>
#include <asm/current.h>

#define TYPE_DEFAULT 0
#define TYPE_CRASH   1
#define MAX_SEGMENTS 16
#define MACHINE_386    3
#define MACHINE_X86_64 62

/* The type that an argument begins with; -EFAULT, -EINVAL. */
static int type_of(unsigned long guest)
{
	uint32_t type;

	if (copy_from_guest_raw(&type, (const void *)guest, sizeof(type)))
		return -EFAULT;
	return type > TYPE_CRASH ? -EINVAL : (int)type;
}

static long kexec_run(unsigned long guest)
{
	int type = type_of(guest);

	return type < 0 ? type : -ENOENT;
}

/* Nothing is loaded of any type: it cannot be unloaded, and that is what is asked for. */
static long kexec_none(unsigned long guest)
{
	return min(type_of(guest), 0);
}

/* The memory for crashes, of size 0; the others are not told. */
static long kexec_range(unsigned long guest)
{
	struct {
		int32_t range, nr;
		uint64_t size, start;
	} r;

	if (copy_from_guest_raw(&r, (const void *)guest, sizeof(r)))
		return -EFAULT;
	if (r.range < 0 || r.range > 6)
		return -EINVAL;
	r.size = r.start = 0;
	return copy_to_guest_raw((void *)guest, &r, sizeof(r)) ? -EFAULT : 0;
}

static long kexec_load(unsigned long guest)
{
	struct {
		uint8_t type, pad;
		uint16_t arch;
		uint32_t nr_segments;
		uint64_t segments, entry;
	} l;
	uint64_t seg[MAX_SEGMENTS][4];

	if (copy_from_guest_raw(&l, (const void *)guest, sizeof(l)))
		return -EFAULT;
	if (l.nr_segments >= MAX_SEGMENTS)
		return -EINVAL;
	if (copy_from_guest_raw(seg, (const void *)l.segments, l.nr_segments * sizeof(seg[0])))
		return -EFAULT;
	if (l.type > TYPE_CRASH || (l.arch != MACHINE_386 && l.arch != MACHINE_X86_64))
		return -EINVAL;
	return l.type == TYPE_CRASH ? -EADDRNOTAVAIL : -ENOMEM;
}

static long kexec_load_old(unsigned long guest)
{
	int type = type_of(guest);

	return type < 0 ? type : -ENOMEM;
}

/* arg: command, argument. Commands 1 and 2 are the older load and unload. */
long do_kexec_op(unsigned long arg[])
{
	static long (*const rows[])(unsigned long guest) = { kexec_run, kexec_load_old, kexec_none, kexec_range,
		kexec_load, kexec_none, kexec_none };

	if (!current->domain->is_privileged)
		return -EPERM;
	if (arg[0] >= ARRAY_SIZE(rows))
		return 0; /* as there */
	return rows[arg[0]](arg[1]);
}
