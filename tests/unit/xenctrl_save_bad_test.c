/* SPDX-License-Identifier: GPL-2.0-only */
/* xenctrl_save_bad_test.c: images that lie, that end too early and that come from the future; machines
 * that run out of memory. */
#include "xenctrl_save.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "util/crc32c.h"
#include "util/savefile.h"

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

/* All that xen-image(5) says is written. */
static const uint32_t written[] = {
	XC_RECORD_STATIC_END, XC_RECORD_PV_INFO, XC_RECORD_CPUID_POLICY, XC_RECORD_MSR_POLICY,
	XC_RECORD_P2M_FRAMES, XC_RECORD_PAGE_DATA, XC_RECORD_TSC_INFO, XC_RECORD_SHARED_INFO,
	XC_RECORD_VCPU_BASIC, XC_RECORD_VCPU_EXTENDED, XC_RECORD_VCPU_XSAVE, XC_RECORD_VCPU_MSRS, XC_RECORD_END,
};

static void a_bit_in_each_record(void **state)
{
	struct xc_restore_result result;
	struct savefile_unit u;
	uint32_t records = 0;
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
		if (u.kind == SAVEFILE_RECORD)
			records |= 1u << u.record;
	}
	for (size_t i = 0; i < sizeof(written) / sizeof(written[0]); i++)
		if (!(records & 1u << written[i]))
			fail_msg("%s is not in the image", xc_record_name(written[i]));
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		SAVE_CASE(a_bit_in_each_record), SAVE_CASE(it_ends_too_early),
		SAVE_CASE(a_version_to_come), SAVE_CASE(a_stream_to_come), SAVE_CASE(no_memory_left),
		SAVE_CASE(the_hypervisor_says_no), SAVE_CASE(the_disk_is_full),
		SAVE_CASE(a_table_shows_too_much),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
