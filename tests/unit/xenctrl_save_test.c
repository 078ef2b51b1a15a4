/* SPDX-License-Identifier: GPL-2.0-only */
/* xenctrl_save_test.c: a guest of the fake machine into an image and back. */
#include "xenctrl_save.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/savefile.h"

/* For mk/fuzz-savefile.mk: the file, and the stream that is in it. */
static void write_seeds(void **state)
{
	const char *dir = getenv("SAVE_SEEDS");
	char path[2][512];
	FILE *f[2];

	if (!dir)
		return;
	for (int i = 0; i < 2; i++) {
		snprintf(path[i], sizeof(path[i]), "%s/%s", dir, i ? "stream" : "file");
		f[i] = fopen(path[i], "w");
		assert_non_null(f[i]);
	}
	fwrite(file, 1, file_size, f[0]);
	for (size_t at = sizeof(struct savefile_header), next; at < file_size; at = next) {
		struct savefile_unit u;

		memcpy(&u, file + at, sizeof(u));
		next = at + sizeof(u) + u.length;
		if (u.kind == SAVEFILE_STREAM || u.kind == SAVEFILE_RECORD)
			fwrite(file + at + sizeof(u), 1, u.length, f[1]);
	}
	fclose(f[0]);
	fclose(f[1]);
}

static void the_guest_comes_back(void **state)
{
	struct xc_restore_result result;
	struct start_info *si;
	uint64_t pfn, by_pfn[2][MEMORY_KIB / 4] = { 0 };
	uint64_t compared = 0;
	char why[512];

	if (restore(file, file_size, &result, why))
		fail_msg("%s", why);
	assert_int_equal(fake->dom[to].tot_pages, MEMORY_KIB / 4);
	for (uint64_t m = 0; m < fake->frames; m++) {
		if (fake->owner[m] == from + 1 && fake->m2p[m] < MEMORY_KIB / 4)
			by_pfn[0][fake->m2p[m]] = m;
		if (fake->owner[m] == to + 1 && fake->m2p[m] < MEMORY_KIB / 4)
			by_pfn[1][fake->m2p[m]] = m;
	}
	for (pfn = 1; pfn < MEMORY_KIB / 4; pfn++) {
		uint8_t a[4096], b[4096];

		assert_true(by_pfn[0][pfn] && by_pfn[1][pfn]);
		assert_int_equal(fake->pinned[by_pfn[0][pfn]], fake->pinned[by_pfn[1][pfn]]);
		if (fake->pinned[by_pfn[0][pfn]])
			continue;
		assert_int_equal(pread(fake->fd, a, 4096, (off_t)(by_pfn[0][pfn] << 12)), 4096);
		assert_int_equal(pread(fake->fd, b, 4096, (off_t)(by_pfn[1][pfn] << 12)), 4096);
		compared += memcmp(a, b, 4096) == 0;
	}
	/* all but the p2m (4 frames) and start_info */
	assert_in_range(compared, MEMORY_KIB / 4 - 40, MEMORY_KIB / 4);
	si = frame(to, fake->dom[to].vcpu[0]->user_regs.rdx);
	assert_int_equal(si->store_evtchn, 8);
	assert_int_equal(si->console.domU.evtchn, 9);
	assert_int_equal(si->store_mfn, result.store_mfn);
	assert_int_equal(fake->owner[result.console_mfn], to + 1);
	xc_unmap_foreign(xch, si, 1);
	assert_int_equal(fake->dom[to].vcpu[0]->ctrlreg[3] >> 12, fake->dom[to].pinned_l4);
}

/* Those on tables and GDTs must not, or the hypervisor would refuse them. */
static void windows_may_stay(void **state)
{
	size_t i;

	keep = true;
	save();
	the_guest_comes_back(state);
	keep = false;
	assert_true(fake->windows > stats.data_pages);
	for (i = fake->windows; i-- > 0;)
		xc_unmap_foreign(xch, fake->window[i].page, 1);
}

static void zero_pages_cost_nothing(void **state)
{
	assert_int_equal(stats.pages, MEMORY_KIB / 4);
	assert_true(stats.zero_pages > stats.pages / 2);
	assert_true(file_size < (stats.data_pages + 64) * 4096);
}

/* What was in a frame before must not show. */
static void zero_pages_are_cleared(void **state)
{
	uint8_t dirt[4096], *page;
	struct xc_restore_result result;
	char why[512];
	uint64_t m, dirty = 0;

	memset(dirt, 0xee, sizeof(dirt));
	for (m = 0; m < fake->frames; m++)
		if (!fake->owner[m])
			assert_true(pwrite(fake->fd, dirt, 4096, (off_t)(m << 12)) == 4096);
	assert_int_equal(restore(file, file_size, &result, why), 0);
	for (m = 0; m < fake->frames; m++) {
		if (fake->owner[m] != to + 1 || m == fake->dom[to].grant_frame ||
		    m == fake->dom[to].shared_info)
			continue;
		page = frame(to, m);
		dirty += memcmp(page, dirt, 4096) == 0;
		xc_unmap_foreign(xch, page, 1);
	}
	assert_int_equal(dirty, 0);
}

static void it_goes_on_after_a_checkpoint(void **state)
{
	assert_int_equal(xc_domain_resume_cancelled(xch, from), 0);
	assert_int_equal(fake->dom[from].vcpu[0]->user_regs.rax, 1);
	assert_false(fake->dom[from].shutdown);
	assert_int_equal(xc_domain_save(xch, from, NULL, NULL), -1);
	assert_non_null(strstr(xc_last_error(xch), "not suspended"));
}

static void a_walk(void **state)
{
	struct savefile image;
	struct savefile_step step;
	FILE *f = tmpfile();
	uint64_t pages = 0, records = 0;
	int rc;

	assert_int_equal(pwrite(fileno(f), file, file_size, 0), file_size);
	assert_int_equal(savefile_open(&image, fileno(f)), 0);
	while ((rc = savefile_walk(&image, &step)) > 0) {
		pages += step.pages;
		records++;
	}
	assert_int_equal(rc, 0);
	assert_int_equal(pages, MEMORY_KIB / 4);
	assert_int_equal(records, stats.records + 1);
	savefile_clear(&image);
	fclose(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SAVE_CASE(the_guest_comes_back), SAVE_CASE(windows_may_stay),
		SAVE_CASE(zero_pages_cost_nothing), SAVE_CASE(zero_pages_are_cleared),
		SAVE_CASE(it_goes_on_after_a_checkpoint), SAVE_CASE(a_walk), SAVE_CASE(write_seeds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
