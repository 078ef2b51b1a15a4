/* SPDX-License-Identifier: GPL-2.0-only */
/* migrate_pace.c: how long a live migration goes on with rounds, and how fast it sends. No clock of its
 * own: all times are given. */
#include "xend/migrate.h"

#include <errno.h>
#include <stdio.h>

#define PAGE	      4096ULL
#define FIXED_US      20000ULL	/* registers, the last scan, the answers */
#define NO_BETTER_MAX 4		/* rounds in a row that leave no less than the best so far */
#define VOLUME_MAX    4		/* times its memory */

void pace_begin(struct pace *p, uint64_t now_us)
{
	p->begin_us = now_us;
	p->bytes = 0;
}

uint64_t pace_sent(struct pace *p, uint64_t bytes, uint64_t now_us)
{
	uint64_t due;

	p->bytes += bytes;
	if (!p->limit)
		return 0;
	due = p->begin_us + p->bytes * 1000000 / p->limit;
	return due > now_us ? due - now_us : 0;
}

/* What the next stop would take; a round of few bytes says little about the speed. */
static uint64_t stop_us(struct pace *p, uint64_t dirty, uint64_t now_us)
{
	uint64_t us = now_us > p->begin_us ? now_us - p->begin_us : 1;

	if (!p->rate || p->bytes >= 1 << 20)
		p->rate = p->bytes * 1000000 / us + 1;
	return FIXED_US + dirty * PAGE * 1000000 / p->rate;
}

int pace_round(struct pace *p, uint64_t dirty, uint64_t data_pages, uint64_t now_us, char *why, size_t size)
{
	uint64_t us = stop_us(p, dirty, now_us);
	bool enough;

	p->rounds++;
	p->all_pages += data_pages;
	if (us <= p->downtime_ms * 1000ULL)
		return 1;
	p->no_better = p->rounds > 1 && dirty >= p->least_dirty ? p->no_better + 1 : 0;
	if (p->rounds == 1 || dirty < p->least_dirty)
		p->least_dirty = dirty;
	enough = p->rounds >= PACE_ROUNDS || p->no_better >= NO_BETTER_MAX ||
		 p->all_pages > VOLUME_MAX * p->memory_pages;
	if (!enough)
		return 0;
	if (!p->strict)
		return 1;
	snprintf(why, size, "after %u rounds a stop would still take about %llu ms, and %u are allowed: the "
		"guest writes %llu MiB in the time in which %llu MiB can be sent", p->rounds,
		(unsigned long long)(us / 1000), p->downtime_ms, (unsigned long long)(dirty * PAGE >> 20),
		(unsigned long long)(p->bytes >> 20));
	return -ETIMEDOUT;
}
