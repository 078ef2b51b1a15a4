/* SPDX-License-Identifier: GPL-2.0-only */
/* xenctrl_live_test.c: a guest of the fake machine into an image while it runs, in rounds. */
#include "xenctrl_save.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "util/savefile.h"

static unsigned int rounds_seen;

static uint64_t mfn_of(uint64_t pfn)
{
	for (uint64_t m = 0; m < fake->frames; m++)
		if (fake->owner[m] == from + 1 && fake->m2p[m] == pfn)
			return m;
	fail_msg("pfn %llu has no frame", (unsigned long long)pfn);
	return 0;
}

static void guest_writes(uint64_t pfn, int value)
{
	void *page = frame(from, mfn_of(pfn));

	memset(page, value, 4096);
	xc_unmap_foreign(xch, page, 1);
	fake->dirty[pfn / 8] |= (uint8_t)(1 << pfn % 8);
}

/* Its p2m is in its memory: that of the fake's guest is found by what it says. */
static void guest_gives_away(uint64_t pfn)
{
	uint64_t mfn = mfn_of(pfn);

	for (uint64_t p = 0; p < MEMORY_KIB / 4; p++) {
		uint64_t *table = frame(from, mfn_of(p));
		bool found = table[pfn % 512] == mfn && table[pfn % 512 - 1] == mfn_of(pfn - 1) &&
			     table[pfn % 512 + 1] == mfn_of(pfn + 1);

		if (found)
			table[pfn % 512] = ~0UL;
		xc_unmap_foreign(xch, table, 1);
		if (found)
			break;
	}
	fake->owner[mfn] = 0;
	fake->m2p[mfn] = ~0UL;
}

#define BUSY_PFN 1000 /* free memory, as seen by the builder */
#define GONE_PFN 2010 /* mapped by nothing */

static int on_round(void *opaque, const struct xc_save_round *r)
{
	assert_int_equal(r->number, rounds_seen);
	assert_int_equal(r->dirty, 0);		/* it writes behind the count */
	if (rounds_seen)
		assert_int_equal(r->pages, rounds_seen);	/* 1 in round 1, 2 in round 2 */
	guest_writes(BUSY_PFN, 0x11 * (int)(rounds_seen + 1));
	if (rounds_seen == 1)
		guest_writes(BUSY_PFN + 1, 0x77);
	return ++rounds_seen == 3;
}

static int on_suspend(void *opaque)
{
	guest_writes(BUSY_PFN + 2, 0x99);
	guest_gives_away(GONE_PFN);
	fake->dom[from].shutdown = true;
	return 0;
}

static int save_live_to(int fd)
{
	rounds_seen = 0;
	fake->dom[from].shutdown = false;
	return save_with(fd, (struct xc_save_params){ .round = on_round, .suspend = on_suspend });
}

/* The page of the new domain, or NULL. */
static uint8_t *page_of(uint64_t pfn)
{
	for (uint64_t m = 0; m < fake->frames; m++)
		if (fake->owner[m] == to + 1 && fake->m2p[m] == pfn)
			return frame(to, m);
	return NULL;
}

static void what_it_writes_meanwhile_comes(void **state)
{
	static const uint8_t wanted[] = { 0x33, 0x77, 0x99 };
	struct xc_restore_result result;
	FILE *f = tmpfile();
	char why[512];
	uint8_t *page;

	if (save_live_to(fileno(f)))
		fail_msg("%s", xc_last_error(xch));
	assert_int_equal(rounds_seen, 3);
	assert_true(fake->logdirty);
	assert_int_equal(xc_domain_live_end(xch, from), 0);
	assert_false(fake->logdirty);
	file_size = (size_t)lseek(fileno(f), 0, SEEK_END);
	file = realloc(file, file_size);
	assert_int_equal(pread(fileno(f), file, file_size, 0), file_size);
	fclose(f);
	if (restore(file, file_size, &result, why))
		fail_msg("%s", why);
	for (unsigned int i = 0; i < sizeof(wanted); i++) {
		page = page_of(BUSY_PFN + i);
		assert_int_equal(page[0], wanted[i]);
		assert_int_equal(page[4095], wanted[i]);
		xc_unmap_foreign(xch, page, 1);
	}
	assert_null(page_of(GONE_PFN));
	assert_int_equal(fake->dom[to].tot_pages, MEMORY_KIB / 4 - 1);
}

static void no_log_dirty_mode(void **state)
{
	int fd = memfd_create("x", 0);

	fake->no_logdirty = true;
	assert_int_equal(save_live_to(fd), -EOPNOTSUPP);
	assert_non_null(strstr(xc_last_error(xch), "no log-dirty mode"));
	close(fd);
	fd = open("/dev/full", O_WRONLY);
	fake->no_logdirty = false;
	assert_int_equal(save_live_to(fd), -ENOSPC);
	assert_false(fake->logdirty);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SAVE_CASE(what_it_writes_meanwhile_comes), SAVE_CASE(no_log_dirty_mode),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
