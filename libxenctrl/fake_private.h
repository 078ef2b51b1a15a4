/* SPDX-License-Identifier: MIT */
/* fake_private.h: what the parts of the fake machine share. */
#ifndef LIBXENCTRL_FAKE_PRIVATE_H
#define LIBXENCTRL_FAKE_PRIVATE_H

#include "fake.h"

#define M2P_BYTES ((size_t)2 << 20) /* a chunk: enough for 1 GiB */

#define FAKE_LEAVES 2 /* of a CPU policy */
#define FAKE_MSRS   1

/* fake_memory.c: the backend's members for memory, and memory_op */
int64_t take_frames(struct fake *f, uint32_t domid, uint64_t count);
int fake_alloc(void *ctx, size_t pages, void **ret_addr);
void fake_free(void *ctx, void *addr, size_t pages);
int fake_map(void *ctx, uint32_t domid, int prot, const xen_pfn_t *frames, size_t count, int *errs,
	     void **ret_addr);
int fake_resource(void *ctx, uint32_t domid, unsigned int type, unsigned int id, unsigned long frame,
		  unsigned long count, int prot, void **ret_addr);
void fake_unmap(void *ctx, void *addr, size_t count);
long fake_memory_op(struct fake *f, uint64_t cmd, void *arg);

/* fake_domctl.c */
void fake_describe(const struct fake *f, uint32_t domid, xc_domaininfo_t *info);
long fake_destroy(struct fake *f, uint32_t domid);
long fake_domctl(struct fake *f, struct xen_domctl *op);

/* fake_tables.c */
long fake_mmuext_list(struct fake *f, const struct mmuext_op *ops, uint64_t count, uint32_t domid);

#endif /* LIBXENCTRL_FAKE_PRIVATE_H */
