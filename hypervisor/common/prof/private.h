/* SPDX-License-Identifier: GPL-2.0-only */
/* private.h: between buffer.c, where samples go, and op.c, which says who takes part. The lock of op.c is held
 * when any of these is called. */
#ifndef PROF_PRIVATE_H
#define PROF_PRIVATE_H

#include <hv/prof.h>

enum prof_kind { PROF_IGNORED, PROF_ACTIVE, PROF_PASSIVE };

/* Of a domain, made at the first use and there as long as it is: d->prof. */
struct prof_buffers {
	uint8_t *pages;                /* one after the other */
	unsigned int order, page_count;
	unsigned int nbuf, bufsize;
	int32_t event_size;            /* entries of each */
	enum prof_kind kind;           /* read in NMIs */
	struct prof_buffers *next;     /* of those whose domain is gone */
	unsigned int nr_vcpus;
	struct xenoprof_buf *of_vcpu[]; /* NULL: it came later */
};

/* How many callers each sample has. */
extern unsigned long prof_depth;

/* d's buffers, made if it has none; -EINVAL: no vcpus, -ENOMEM. */
int prof_buffers_get(struct domain *d, int32_t max_samples, struct prof_buffers **ret_b);
/* Shows them to d: -EBUSY if somebody has some of their pages still. */
int prof_buffers_share(struct prof_buffers *b, struct domain *d);
/* No longer, once they are unmapped. Harmless if they are not shared. */
void prof_buffers_unshare(struct prof_buffers *b);
/* No samples. */
void prof_buffers_reset(struct prof_buffers *b);
/* Frees what others still had mapped when its domain went away. */
void prof_buffers_reap(void);

#endif
