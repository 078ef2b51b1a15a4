/* SPDX-License-Identifier: MIT */
/* fake_tables.c: the fake machine's mmuext_op: pins page tables that a hypervisor would take. */
#include <stdlib.h>
#include <unistd.h>

#include "fake_private.h"

/* Collects the tables below @mfn in @seen; -EINVAL for what a hypervisor refuses. */
static int walk_tables(struct fake *f, uint32_t domid, uint64_t mfn, int level, uint8_t *seen)
{
	uint64_t table[512];
	int i, rc = 0;

	if (mfn >= f->frames || f->owner[mfn] != domid + 1)
		return -EINVAL;
	seen[mfn] = (uint8_t)level;
	f->pinned[mfn] = (uint8_t)level;
	if (pread(f->fd, table, sizeof(table), (off_t)(mfn << XC_PAGE_SHIFT)) != sizeof(table))
		return -EIO;
	for (i = 0; i < 512 && rc == 0; i++) {
		if (!(table[i] & 1))
			continue;
		if (table[i] & 0x7fe0000000000098ULL)
			rc = -EINVAL;
		else if (level > 1)
			rc = walk_tables(f, domid, (table[i] & 0xffffffffff000ULL) >> 12,
					 level - 1, seen);
	}
	return rc;
}

/* No leaf may be writable and show a table. */
static int check_leaves(struct fake *f, uint32_t domid, const uint8_t *seen)
{
	uint64_t table[512], m, mfn;
	int i;

	for (m = 0; m < f->frames; m++) {
		if (seen[m] != 1)
			continue;
		if (pread(f->fd, table, sizeof(table), (off_t)(m << XC_PAGE_SHIFT)) < 0)
			return -EIO;
		for (i = 0; i < 512; i++) {
			mfn = (table[i] & 0xffffffffff000ULL) >> 12;
			if (!(table[i] & 1))
				continue;
			if (mfn >= f->frames || f->owner[mfn] != domid + 1 ||
			    (seen[mfn] && (table[i] & 2)))
				return -EINVAL;
		}
	}
	return 0;
}

/* A writable window on a page table would hold a reference. */
static bool has_writer(const struct fake *f, const uint8_t *seen)
{
	size_t w;

	for (w = 0; w < f->windows; w++)
		if (f->window[w].mfn < f->frames && seen[f->window[w].mfn])
			return true;
	return false;
}

static long fake_mmuext(struct fake *f, const struct mmuext_op *op, uint32_t domid)
{
	static const uint8_t zero[XC_PAGE_SIZE];
	uint8_t *seen;
	int rc;

	if (op->cmd == MMUEXT_CLEAR_PAGE)
		return pwrite(f->fd, zero, sizeof(zero), (off_t)(op->arg1.mfn << XC_PAGE_SHIFT)) < 0
			? -EIO : 0;
	if (op->cmd != MMUEXT_PIN_L4_TABLE)
		return -EINVAL;
	seen = calloc(1, f->frames);
	rc = walk_tables(f, domid, op->arg1.mfn, 4, seen);
	if (rc == 0 && has_writer(f, seen))
		rc = -EINVAL;
	if (rc == 0)
		rc = check_leaves(f, domid, seen);
	if (rc == 0) {
		f->dom[domid].pinned_l4 = op->arg1.mfn;
		f->pinned[op->arg1.mfn] = 8 | 4;
	}
	free(seen);
	return rc;
}

long fake_mmuext_list(struct fake *f, const struct mmuext_op *ops, uint64_t count, uint32_t domid)
{
	long rc = 0;
	uint64_t i;

	for (i = 0; rc == 0 && i < count; i++)
		rc = fake_mmuext(f, &ops[i], domid);
	return rc;
}
