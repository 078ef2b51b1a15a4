/* SPDX-License-Identifier: GPL-2.0-only */
/* xenctrl_save_test.c: a guest of the fake machine into an image and back; images that lie, that end
 * too early and that come from the future; machines that run out of memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <fcntl.h>
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "libxenctrl/dom.h"
#include "libxenctrl/fake.h"
#include "libxenctrl/sr.h"
#include "util/crc32c.h"
#include "util/savefile.h"
#include "xc_kernel.h"

#define MEMORY_KIB (8 << 10)
#define CONFIG	   "{\"name\":\"web\"}"

static struct xc_interface *xch;
static struct fake *fake;
static uint32_t from, to;
static uint8_t *file;
static size_t file_size;
static struct xc_save_stats stats;
static bool keep; /* windows */

static uint32_t new_domain(void)
{
	struct xen_domctl_createdomain config = { .max_vcpus = 2 };
	uint32_t id = 0;

	assert_int_equal(xc_domain_create(xch, &id, &config), 0);
	assert_int_equal(xc_domain_setmaxmem(xch, id, MEMORY_KIB + 1024), 0);
	return id;
}

static void *frame(uint32_t domid, xen_pfn_t mfn)
{
	void *p = xc_map_foreign(xch, domid, PROT_READ | PROT_WRITE, &mfn, 1, NULL);

	assert_non_null(p);
	return p;
}

/* What Linux does before it suspends: pfns in start_info, whose frame is in rdx; its p2m is told. */
static void suspend(void)
{
	struct vcpu_guest_context *c = fake->dom[from].vcpu[0];
	struct start_info *si;
	struct shared_info *sh;
	xen_pfn_t mfn;

	assert_int_equal(xc_translate_address(xch, from, 0, c->user_regs.rsi, &mfn), 0);
	c->user_regs.rdx = mfn;
	si = frame(from, mfn);
	si->store_mfn = fake->m2p[si->store_mfn];
	si->console.domU.mfn = fake->m2p[si->console.domU.mfn];
	xc_unmap_foreign(xch, si, 1);
	sh = frame(from, fake->dom[from].shared_info);
	sh->arch.max_pfn = MEMORY_KIB / 4;
	sh->arch.p2m_cr3 = c->ctrlreg[3];
	sh->arch.p2m_vaddr = KERNEL_P2M;
	xc_unmap_foreign(xch, sh, 1);
	fake->dom[from].shutdown = true;
}

static void build(void)
{
	static uint8_t kernel[KERNEL_SIZE];
	char path[] = "/tmp/xenctrl_save_XXXXXX";
	const struct xc_dom_params params = {
		.kernel = path, .cmdline = "quiet", .memory_kib = MEMORY_KIB, .console_evtchn = 7,
		.store_evtchn = 6,
	};
	struct xc_dom_result result;
	int fd = mkstemp(path);

	make_kernel(kernel, linux_notes);
	assert_int_equal(write(fd, kernel, sizeof(kernel)), sizeof(kernel));
	close(fd);
	if (xc_dom_build(xch, from, &params, &result) < 0)
		fail_msg("%s", xc_last_error(xch));
	unlink(path);
}

static int save_to(int fd)
{
	struct savefile_out out;
	const struct xc_save_params params = { .put = savefile_put, .opaque = &out,
					       .keep_windows = keep };
	int rc = savefile_begin(&out, fd, CONFIG, strlen(CONFIG), false);

	if (!rc)
		rc = xc_domain_save(xch, from, &params, &stats) ? -errno : 0;
	if (!rc)
		rc = savefile_finish(&out);
	savefile_out_clear(&out);
	return rc;
}

static void save(void)
{
	FILE *f = tmpfile();
	int rc = save_to(fileno(f));

	if (rc)
		fail_msg("%s", xc_last_error(xch));
	file_size = (size_t)lseek(fileno(f), 0, SEEK_END);
	free(file);
	file = malloc(file_size);
	assert_int_equal(pread(fileno(f), file, file_size, 0), file_size);
	fclose(f);
}

static int setup(void **state)
{
	assert_int_equal(xc_fake_open(64, &xch, &fake), 0);
	from = new_domain();
	build();
	suspend();
	save();
	to = new_domain();
	return 0;
}

static int teardown(void **state)
{
	size_t windows = fake->windows, buffers = fake->buffers;

	xc_interface_close(xch);
	free(file);
	file = NULL;
	return windows == 0 && buffers == 1 ? 0 : -1;
}

/* 0, or -Exxx and the reason in @why. */
static int restore(const uint8_t *data, size_t size, struct xc_restore_result *ret, char why[512])
{
	struct savefile image;
	const struct xc_restore_params params = {
		.get = savefile_get, .check = savefile_check, .why = savefile_why, .opaque = &image,
		.console_evtchn = 9, .store_evtchn = 8, .keep_windows = keep,
	};
	FILE *f = tmpfile();
	int rc;

	assert_int_equal(pwrite(fileno(f), data, size, 0), size);
	why[0] = '\0';
	rc = savefile_open(&image, fileno(f));
	if (rc) {
		snprintf(why, 512, "open: %s", image.why);
	} else {
		assert_string_equal(image.config, CONFIG);
		rc = xc_domain_restore(xch, to, &params, ret) ? -errno : 0;
		if (rc)
			snprintf(why, 512, "%s", xc_last_error(xch));
		else if ((rc = savefile_end(&image)))
			snprintf(why, 512, "end: %s", image.why);
	}
	savefile_clear(&image);
	fclose(f);
	return rc;
}

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

/* ---- a round trip ---------------------------------------------------------------------------- */

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

/* ---- while it runs ----------------------------------------------------------------------------- */

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
	struct savefile_out out;
	const struct xc_save_params params = { .put = savefile_put, .opaque = &out, .round = on_round,
					       .suspend = on_suspend };
	int rc = savefile_begin(&out, fd, CONFIG, strlen(CONFIG), false);

	rounds_seen = 0;
	fake->dom[from].shutdown = false;
	if (!rc)
		rc = xc_domain_save(xch, from, &params, &stats) ? -errno : 0;
	if (!rc)
		rc = savefile_finish(&out);
	savefile_out_clear(&out);
	return rc;
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

/* ---- what can be wrong ----------------------------------------------------------------------- */

/* Offset of the header of each unit. */
static size_t unit_at(size_t at, struct savefile_unit *u)
{
	memcpy(u, file + at, sizeof(*u));
	return at + sizeof(*u) + u->length;
}

static void again(void)
{
	assert_int_equal(xc_domain_destroy(xch, to), 0);
	to = new_domain();
}

static void a_bit_in_each_record(void **state)
{
	struct xc_restore_result result;
	struct savefile_unit u;
	unsigned int seen = 0;
	char why[512];
	size_t at, next;

	for (at = sizeof(struct savefile_header); at < file_size; at = next) {
		const size_t places[] = { at, at + 8, at + 28, at + 32, at + 32 + 40 };

		next = unit_at(at, &u);
		for (size_t i = 0; i < 5; i++) {
			size_t where = places[i] < next ? places[i] : next - 1;
			int rc;

			file[where] ^= 0x10;
			rc = restore(file, file_size, &result, why);
			file[where] ^= 0x10;
			assert_true(rc < 0);
			if (!strstr(why, "sum"))
				fail_msg("unit %u, byte %zu: %s", u.index, where - at, why);
			if (u.kind == SAVEFILE_RECORD && !strstr(why, "record "))
				fail_msg("unit %u: %s", u.index, why);
			if (u.kind == SAVEFILE_RECORD && i > 3 && u.length > 48 &&
			    !strstr(why, xc_record_name(u.record)))
				fail_msg("unit %u, %s: %s", u.index, xc_record_name(u.record), why);
			again();
		}
		seen++;
	}
	assert_true(seen > 12);
}

static void it_ends_too_early(void **state)
{
	struct xc_restore_result result;
	struct savefile_unit u;
	char why[512];
	size_t at, next;

	for (at = sizeof(struct savefile_header); at < file_size; at = next) {
		const size_t ends[] = { at, at + 20, at + 36 };

		next = unit_at(at, &u);
		for (size_t i = 0; i < 3; i++) {
			assert_int_equal(restore(file, ends[i], &result, why), -ENODATA);
			if (!strstr(why, "truncated"))
				fail_msg("at %zu: %s", ends[i], why);
			again();
		}
	}
}

static void a_version_to_come(void **state)
{
	struct savefile_header *h = (void *)file;
	struct xc_restore_result result;
	char why[512];

	h->version = 2;
	h->crc = crc32c(0, h, 28);
	assert_int_equal(restore(file, file_size, &result, why), -EOPNOTSUPP);
	assert_non_null(strstr(why, "version 2"));
}

/* The stream's own version, under right sums. */
static void a_stream_to_come(void **state)
{
	struct xc_restore_result result;
	struct savefile_unit u;
	struct sr_headers h;
	char why[512];
	size_t at = unit_at(sizeof(struct savefile_header), &u);

	unit_at(at, &u);
	assert_int_equal(u.kind, SAVEFILE_STREAM);
	memcpy(&h, file + at + sizeof(u), sizeof(h));
	h.version = __builtin_bswap32(4);
	memcpy(file + at + sizeof(u), &h, sizeof(h));
	u.body_crc = crc32c(0, &h, sizeof(h));
	u.crc = crc32c(0, &u, offsetof(struct savefile_unit, crc));
	memcpy(file + at, &u, sizeof(u));
	assert_int_equal(restore(file, file_size, &result, why), -EOPNOTSUPP);
	assert_non_null(strstr(why, "version 4"));
}

static void no_memory_left(void **state)
{
	struct xc_restore_result result;
	char why[512];

	assert_int_equal(xc_domain_setmaxmem(xch, to, MEMORY_KIB / 2), 0);
	assert_int_equal(restore(file, file_size, &result, why), -ENOMEM);
	assert_non_null(strstr(why, "PAGE_DATA"));
	assert_non_null(strstr(why, "no memory"));
}

static void the_hypervisor_says_no(void **state)
{
	static const unsigned int cmds[] = {
		XEN_DOMCTL_getpageframeinfo3, XEN_DOMCTL_getvcpucontext, XEN_DOMCTL_gettscinfo,
		XEN_DOMCTL_getvcpuextstate, XEN_DOMCTL_get_vcpu_msrs, XEN_DOMCTL_get_ext_vcpucontext,
	};
	FILE *f = tmpfile();

	for (size_t i = 0; i < sizeof(cmds) / sizeof(cmds[0]); i++) {
		fake->fail_op = __HYPERVISOR_domctl;
		fake->fail_cmd = cmds[i];
		fake->fail_errno = EPERM;
		fake->fail_after = 0;
		assert_int_equal(save_to(fileno(f)), -EPERM);
		assert_true(fake->dom[from].shutdown);
	}
	fake->fail_errno = 0;
	fclose(f);
}

static void the_disk_is_full(void **state)
{
	FILE *f = fopen("/dev/full", "w");

	assert_non_null(f);
	assert_int_equal(save_to(fileno(f)), -ENOSPC);
	fclose(f);
}

/* A table with an entry that is not the guest's: named, not written. */
static void a_table_shows_too_much(void **state)
{
	uint64_t *l4 = frame(from, fake->dom[from].pinned_l4);
	FILE *f = tmpfile();

	l4[3] = (uint64_t)(fake->frames + 5) << 12 | 7;
	xc_unmap_foreign(xch, l4, 1);
	assert_int_equal(save_to(fileno(f)), -ERANGE);
	assert_non_null(strstr(xc_last_error(xch), "entry 3"));
	fclose(f);
}

/* The whole image, as xm image-info walks it. */
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
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(the_guest_comes_back), CASE(windows_may_stay), CASE(what_it_writes_meanwhile_comes),
		CASE(no_log_dirty_mode), CASE(zero_pages_cost_nothing),
		CASE(zero_pages_are_cleared), CASE(it_goes_on_after_a_checkpoint),
		CASE(a_bit_in_each_record), CASE(it_ends_too_early), CASE(a_version_to_come),
		CASE(a_stream_to_come), CASE(no_memory_left), CASE(the_hypervisor_says_no),
		CASE(the_disk_is_full), CASE(a_table_shows_too_much), CASE(a_walk), CASE(write_seeds),
	};

	assert_int_equal(crc32c(0, "123456789", 9), 0xe3069283);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
