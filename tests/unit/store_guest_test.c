/* SPDX-License-Identifier: GPL-2.0-only */
/* store_guest_test.c: guests on their rings: what they may, what they may not, what they hear. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "tests/unit/store_fake.h"
#include "xenstored/conn.h"
#include "xenstored/domain.h"

#define OK(expr) assert_true((expr) >= 0)
#define PERMS(path, text) fake_perms(s, &fake, path, text, sizeof(text))

static struct fake fake;
static struct store *s;
static char answer[XENSTORE_PAYLOAD_MAX + 1];

/* dom0 and guest 1 with a home it owns, guest 2 beside it. */
static int setup(void **state)
{
	memset(&fake, 0, sizeof(fake));
	s = fake_start(&fake, NULL);
	OK(fake_introduce(s, &fake, 1));
	OK(fake_introduce(s, &fake, 2));
	OK(fake_write(s, &fake, 0, 0, "/local/domain/1", ""));
	OK(PERMS("/local/domain/1", "n1"));
	fake.event_count = 0;
	return 0;
}

static int teardown(void **state)
{
	OK(fake_path(s, &fake, 0, XS_CONTROL, 0, "check", NULL));
	store_free(s);
	return 0;
}

static void permissions(void **state)
{
	OK(fake_write(s, &fake, 1, 0, "own", "mine"));
	OK(fake_path(s, &fake, 0, XS_READ, 0, "/local/domain/1/own", answer));
	assert_string_equal(answer, "mine");
	assert_int_equal(fake_path(s, &fake, 2, XS_READ, 0, "/local/domain/1/own", NULL), -EACCES);
	assert_int_equal(fake_path(s, &fake, 2, XS_READ, 0, "/local/domain/1/no", NULL), -EACCES);
	assert_int_equal(fake_path(s, &fake, 1, XS_READ, 0, "no", NULL), -ENOENT);
	assert_int_equal(fake_write(s, &fake, 1, 0, "/local/x", "1"), -EACCES);
	assert_int_equal(fake_path(s, &fake, 1, XS_RM, 0, "/tool", NULL), -EACCES);
	OK(PERMS("/local/domain/1/own", "n1\0r2"));
	OK(fake_path(s, &fake, 2, XS_READ, 0, "/local/domain/1/own", answer));
	assert_int_equal(fake_write(s, &fake, 2, 0, "/local/domain/1/own", "x"), -EACCES);
	OK(PERMS("/local/domain/1/own", "n1\0b2"));
	OK(fake_write(s, &fake, 2, 0, "/local/domain/1/own", "x"));
	OK(fake_path(s, &fake, 1, XS_GET_PERMS, 0, "own", answer));
	assert_memory_equal(answer, "n1\0b2", 6);
	/* a child made by another is that other's */
	OK(fake_write(s, &fake, 2, 0, "/local/domain/1/own/theirs", "x"));
	OK(fake_path(s, &fake, 0, XS_GET_PERMS, 0, "/local/domain/1/own/theirs", answer));
	assert_memory_equal(answer, "n2\0b2", 6);
	/* only dom0 gives nodes away */
	assert_int_equal(fake_call(s, &fake, 1, XS_SET_PERMS, 0, "own\0n2", 7, NULL), -EPERM);
	assert_int_equal(fake_call(s, &fake, 2, XS_SET_PERMS, 0, "/local/domain/1/own\0n1", 23, NULL),
			 -EACCES);
}

static void privileged_only(void **state)
{
	assert_int_equal(fake_path(s, &fake, 1, XS_CONTROL, 0, "check", NULL), -EACCES);
	assert_int_equal(fake_path(s, &fake, 1, XS_RELEASE, 0, "2", NULL), -EACCES);
	assert_int_equal(fake_path(s, &fake, 1, XS_RESUME, 0, "1", NULL), -EACCES);
	assert_int_equal(fake_call(s, &fake, 1, XS_INTRODUCE, 0, "3\0001\0001", 6, NULL), -EACCES);
	assert_int_equal(fake_call(s, &fake, 1, XS_SET_TARGET, 0, "1\0002", 4, NULL), -EACCES);
	OK(fake_path(s, &fake, 1, XS_GET_DOMAIN_PATH, 0, "1", answer));
	assert_string_equal(answer, "/local/domain/1");
}

static void targets(void **state)
{
	OK(fake_write(s, &fake, 1, 0, "own", "mine"));
	assert_int_equal(fake_path(s, &fake, 2, XS_READ, 0, "/local/domain/1/own", NULL), -EACCES);
	OK(fake_call(s, &fake, 0, XS_SET_TARGET, 0, "2\0001", 4, NULL));
	OK(fake_path(s, &fake, 2, XS_READ, 0, "/local/domain/1/own", NULL));
	assert_int_equal(fake_call(s, &fake, 0, XS_SET_TARGET, 0, "2\0005", 4, NULL), -ENOENT);
	assert_int_equal(fake_call(s, &fake, 0, XS_SET_TARGET, 0, "0\0001", 4, NULL), -EINVAL);
}

static void quotas(void **state)
{
	char path[64], big[3000];
	int i, got = 0;

	for (i = 0; i < 1100 && got >= 0; i++) {
		sprintf(path, "n%d/%d", i / 30, i);
		got = fake_write(s, &fake, 1, 0, path, "");
	}
	assert_int_equal(got, -ENOSPC);
	assert_in_range(i, 900, 1001);
	OK(fake_path(s, &fake, 1, XS_RM, 0, "n0", NULL));
	OK(fake_write(s, &fake, 1, 0, "again", ""));
	memset(big, 'v', sizeof(big));
	big[2500] = '\0';
	assert_int_equal(fake_write(s, &fake, 1, 0, "again", big), -ENOSPC);
	for (i = 0, got = 0; i < 200 && got >= 0; i++) {
		sprintf(path, "w%d", i);
		got = fake_watch(s, &fake, 1, path, "t");
	}
	assert_int_equal(got, -E2BIG);
	assert_int_equal(i, 129);
	for (i = 0; i < 10; i++)
		assert_int_not_equal(fake_tx(s, &fake, 1), 0);
	assert_int_equal(fake_path(s, &fake, 1, XS_TRANSACTION_START, 0, "", NULL), -ENOSPC);
	assert_int_equal(fake_call(s, &fake, 1, XS_SET_PERMS, 0,
				   "again\0n1\0r2\0r3\0r4\0r5\0r6", 24, NULL), -ENOSPC);
	/* the other guest is not concerned */
	OK(fake_path(s, &fake, 2, XS_TRANSACTION_START, 0, "", NULL));
}

static void memory_quota(void **state)
{
	char path[64], value[1900];
	int i, got = 0;

	OK(fake_call(s, &fake, 0, XS_CONTROL, 0, "quota\0set\0nodes\000100000", 23, NULL));
	memset(value, 'v', sizeof(value));
	value[sizeof(value) - 1] = '\0';
	for (i = 0; i < 3000 && got >= 0; i++) {
		sprintf(path, "m%d/%d", i / 20, i);
		got = fake_write(s, &fake, 1, 0, path, value);
	}
	assert_int_equal(got, -ENOMEM);
	assert_in_range(domain_find(s, 1)->bytes, 2000000, 2700000);
}

static void watches(void **state)
{
	OK(fake_watch(s, &fake, 1, "dir", "rel"));
	assert_true(fake_saw(s, &fake, "1 dir rel"));
	OK(fake_watch(s, &fake, 0, "/local/domain/1", "abs"));
	assert_int_equal(fake_watch(s, &fake, 1, "dir", "rel"), -EEXIST);
	OK(fake_write(s, &fake, 1, 0, "dir/sub", "1"));
	assert_true(fake_saw(s, &fake, "1 dir/sub rel"));
	OK(fake_write(s, &fake, 1, 0, "dir/sub", "1"));
	assert_true(fake_saw(s, &fake, "0 /local/domain/1/dir/sub abs"));
	/* a removed parent: the watched path itself */
	OK(fake_watch(s, &fake, 1, "dir/sub", "sub"));
	fake_saw(s, &fake, "");
	OK(fake_path(s, &fake, 0, XS_RM, 0, "/local/domain/1/dir", NULL));
	assert_true(fake_saw(s, &fake, "1 dir/sub sub"));
	/* nobody hears of what it may not read */
	OK(fake_watch(s, &fake, 2, "/local/domain/1", "spy"));
	fake_saw(s, &fake, "");
	OK(fake_write(s, &fake, 1, 0, "secret", "1"));
	assert_false(fake_saw(s, &fake, "2 /local/domain/1/secret spy"));
	OK(fake_call(s, &fake, 1, XS_UNWATCH, 0, "dir\0rel", 8, NULL));
	assert_int_equal(fake_call(s, &fake, 1, XS_UNWATCH, 0, "dir\0rel", 8, NULL), -ENOENT);
	OK(fake_path(s, &fake, 1, XS_RESET_WATCHES, 0, "", NULL));
	assert_int_equal(domain_find(s, 1)->watches, 0);
}

/* Events of a transaction come at its end, or never. */
static void watches_and_transactions(void **state)
{
	uint32_t t;

	OK(fake_watch(s, &fake, 0, "/local/domain/1", "w"));
	fake_saw(s, &fake, "");
	t = fake_tx(s, &fake, 1);
	OK(fake_write(s, &fake, 1, t, "a", "1"));
	assert_false(fake_saw(s, &fake, "0 /local/domain/1/a w"));
	OK(fake_path(s, &fake, 1, XS_TRANSACTION_END, t, "T", NULL));
	assert_true(fake_saw(s, &fake, "0 /local/domain/1/a w"));
	t = fake_tx(s, &fake, 1);
	OK(fake_write(s, &fake, 1, t, "b", "1"));
	OK(fake_path(s, &fake, 1, XS_TRANSACTION_END, t, "F", NULL));
	assert_false(fake_saw(s, &fake, "0 /local/domain/1/b w"));
	assert_int_equal(fake_path(s, &fake, 1, XS_TRANSACTION_END, t, "T", NULL), -ENOENT);
	assert_int_equal(fake_path(s, &fake, 1, XS_READ, 4711, "a", NULL), -ENOENT);
	t = fake_tx(s, &fake, 1);
	assert_int_equal(fake_path(s, &fake, 1, XS_TRANSACTION_START, t, "", NULL), -EBUSY);
}

static void life_and_death(void **state)
{
	OK(fake_watch(s, &fake, 0, "@introduceDomain", "in"));
	OK(fake_watch(s, &fake, 0, "@releaseDomain", "out"));
	OK(fake_watch(s, &fake, 2, "@releaseDomain", "spy"));
	fake_saw(s, &fake, "");
	OK(fake_introduce(s, &fake, 3));
	assert_true(fake_saw(s, &fake, "0 @introduceDomain in"));
	OK(fake_write(s, &fake, 0, 0, "/local/domain/3/a", "1"));
	OK(PERMS("/local/domain/3", "n3"));
	OK(fake_write(s, &fake, 0, 0, "/shared", "1"));
	OK(PERMS("/shared", "n0\0r3"));
	fake.d[3].shutdown = true;
	domain_scan(s);
	assert_true(fake_saw(s, &fake, "0 @releaseDomain out"));
	domain_scan(s);
	assert_false(fake_saw(s, &fake, "0 @releaseDomain out"));
	fake.d[3].exists = false;
	domain_scan(s);
	domain_scan(s);
	assert_false(fake.d[3].mapped);
	assert_false(fake_saw(s, &fake, "2 @releaseDomain spy"));
	assert_int_equal(fake_path(s, &fake, 0, XS_READ, 0, "/local/domain/3", NULL), -ENOENT);
	OK(fake_path(s, &fake, 0, XS_GET_PERMS, 0, "/shared", answer));
	assert_string_equal(answer, "n0");
	/* a new domain with the old number has no old rights */
	memset(&fake.d[3], 0, sizeof(fake.d[3]));
	OK(fake_introduce(s, &fake, 3));
	assert_int_equal(fake_path(s, &fake, 3, XS_READ, 0, "/shared", NULL), -EACCES);
	OK(PERMS("@releaseDomain", "n0\0r2"));
	fake_saw(s, &fake, "");
	OK(fake_path(s, &fake, 0, XS_RELEASE, 0, "3", NULL));
	assert_true(fake_saw(s, &fake, "2 @releaseDomain spy"));
	assert_int_equal(fake_path(s, &fake, 0, XS_RELEASE, 0, "3", NULL), -ENOENT);
	OK(fake_path(s, &fake, 0, XS_IS_DOMAIN_INTRODUCED, 0, "3", answer));
	assert_string_equal(answer, "F");
}

static void introduce_again(void **state)
{
	OK(fake_watch(s, &fake, 1, "x", "t"));
	fake.d[1].page.req_prod = fake.d[1].page.req_cons = 77;
	OK(fake_introduce(s, &fake, 1));
	assert_int_equal(fake.d[1].page.req_prod, 0);
	assert_int_equal(domain_find(s, 1)->watches, 0);
	OK(fake_write(s, &fake, 1, 0, "x", "1"));
	/* the guest itself may ask for a fresh start */
	fake.d[1].page.connection = XENSTORE_RECONNECT;
	fake.d[1].page.req_prod += 3;
	fake_poke(s, 1);
	assert_int_equal(fake.d[1].page.connection, XENSTORE_CONNECTED);
	OK(fake_write(s, &fake, 1, 0, "x", "1"));
}

static void bad_introductions(void **state)
{
	assert_int_equal(fake_call(s, &fake, 0, XS_INTRODUCE, 0, "5\0001\0001", 6, NULL), -ENOENT);
	fake.d[5].exists = true;
	assert_int_equal(fake_call(s, &fake, 0, XS_INTRODUCE, 0, "5\0000\0001", 6, NULL), -EINVAL);
	assert_int_equal(fake_call(s, &fake, 0, XS_INTRODUCE, 0, "5\0001\0000", 6, NULL), -EINVAL);
	assert_int_equal(fake_call(s, &fake, 0, XS_INTRODUCE, 0, "5\0001\00099999", 10, NULL), -EINVAL);
	assert_int_equal(fake_call(s, &fake, 0, XS_INTRODUCE, 0, "0\0001\0001", 6, NULL), -EINVAL);
	assert_int_equal(fake_call(s, &fake, 0, XS_INTRODUCE, 0, "5x\0001\0001", 7, NULL), -EINVAL);
	assert_false(fake.d[5].mapped);
}

/* A guest that writes rubbish: its connection ends, the page says why, the daemon lives. */
static void rubbish(void **state)
{
	struct xsd_sockmsg hdr = { .type = XS_READ, .len = 5000 };

	fake.d[1].page.req_prod = fake.d[1].page.req_cons + 2000;
	fake_poke(s, 1);
	assert_int_equal(fake.d[1].page.error, XENSTORE_ERROR_RINGIDX);
	assert_false(fake.d[1].mapped);
	fake_put(&fake, 2, &hdr, sizeof(hdr));
	fake_poke(s, 2);
	assert_int_equal(fake.d[2].page.error, XENSTORE_ERROR_PROTO);
	OK(fake_introduce(s, &fake, 3));
	fake.d[3].page.rsp_cons = fake.d[3].page.rsp_prod + 1;
	OK(fake_introduce(s, &fake, 4));
	fake_put(&fake, 3, "xxxxxxxxxxxxxxxxxxxxxxxxx", 25);
	fake_poke(s, 3);
	OK(fake_write(s, &fake, 4, 0, "/local/domain/1/x", "1") == -EACCES ? 0 : -1);
	/* and may be introduced anew */
	OK(fake_introduce(s, &fake, 1));
	OK(fake_write(s, &fake, 1, 0, "x", "1"));
}

static void random_rubbish(void **state)
{
	unsigned int rng = 7, round, i;

	for (round = 0; round < 400; round++) {
		unsigned char *p = (unsigned char *)&fake.d[1].page;

		for (i = 0; i < 1 + round % 50; i++) {
			rng = rng * 1103515245u + 12345u;
			p[round % 3 ? (rng >> 8) % 1024 : (rng >> 8) % sizeof(fake.d[1].page)] =
				rng >> 24;
		}
		if (round % 3)
			fake.d[1].page.req_prod += rng % 100;
		fake_poke(s, 1);
		if (!fake.d[1].mapped) {
			memset(&fake.d[1].page, 0, sizeof(fake.d[1].page));
			OK(fake_introduce(s, &fake, 1));
		}
		OK(fake_path(s, &fake, 0, XS_READ, 0, "/tool/xenstored/domid", NULL));
	}
}

/* A guest that never takes its answers: served no further, and others are not held up. */
static void deaf_guest(void **state)
{
	struct xsd_sockmsg hdr = { .type = XS_DIRECTORY, .len = 2 };
	char msg[18], path[32];
	int i;

	memcpy(msg, &hdr, 16);
	memcpy(msg + 16, "/", 2);
	for (i = 0; i < 1000; i++) {
		fake_put(&fake, 1, msg, sizeof(msg));
		fake_poke(s, 1);
	}
	assert_true(domain_find(s, 1)->conn->out_replies <= 1);
	OK(fake_watch(s, &fake, 2, "/local/domain/1", "w"));
	OK(PERMS("/local/domain/1", "r1"));
	for (i = 0; i < 3000; i++) {
		sprintf(path, "/local/domain/1/x/%d", i);
		OK(fake_write(s, &fake, 0, 0, path, ""));
	}
	OK(fake_write(s, &fake, 0, 0, "/x", "1"));
	assert_true(!domain_find(s, 2)->conn || domain_find(s, 2)->conn->out_bytes < 3 << 20);
}

/* Messages longer than the ring, both ways. */
static void long_messages(void **state)
{
	char value[1900], path[32];
	int i;

	memset(value, 'L', sizeof(value));
	value[sizeof(value) - 1] = '\0';
	OK(fake_write(s, &fake, 1, 0, "long", value));
	assert_int_equal(fake_path(s, &fake, 1, XS_READ, 0, "long", answer), sizeof(value) - 1);
	assert_string_equal(answer, value);
	for (i = 0; i < 1500; i++) {
		sprintf(path, "/many/name%06d", i);
		OK(fake_write(s, &fake, 0, 0, path, ""));
	}
	assert_int_equal(fake_path(s, &fake, 0, XS_DIRECTORY, 0, "/many", NULL), -E2BIG);
	OK(fake_call(s, &fake, 0, XS_DIRECTORY_PART, 0, "/many\0000", 8, answer));
	assert_string_equal(answer + strlen(answer) + 1, "name000000");
}

/* As Linux writes: it notifies only if all that stood before was consumed. */
static void linux_writes(const char *data, size_t len)
{
	struct xenstore_domain_interface *page = &fake.d[1].page;
	uint32_t prod = page->req_prod;

	fake_put(&fake, 1, data, len);
	if (len > 0 && prod <= page->req_cons)
		fake_poke(s, 1);
}

/* The daemon looks after any number of bytes of three requests, and answers all three. */
static void looked_at_in_between(void **state)
{
	struct {
		struct xsd_sockmsg hdr;
		char path[4];
	} __attribute__((packed)) requests[3], got;

	for (size_t cut = 1; cut <= sizeof(requests); cut++) {
		for (uint32_t i = 0; i < 3; i++) {
			requests[i].hdr = (struct xsd_sockmsg){ .type = XS_WRITE, .req_id = i, .len = 4 };
			memcpy(requests[i].path, "own", 4);
		}
		memset(&fake.d[1].page, 0, sizeof(fake.d[1].page));
		OK(fake_introduce(s, &fake, 1));
		fake_put(&fake, 1, requests, cut);
		fake_poke(s, 1);
		linux_writes((char *)requests + cut, sizeof(requests) - cut);
		for (uint32_t i = 0; i < 3; i++) {
			assert_int_equal(fake_take(&fake, 1, &got, 19), 19);
			assert_int_equal(got.hdr.req_id, i);
			assert_memory_equal(got.path, "OK", 3);
		}
	}
}

/* Linux says that it has read only where the ring was full, so it must be full while there is more. */
static void full_ring(void **state)
{
	struct xenstore_domain_interface *page = &fake.d[1].page;
	struct {
		struct xsd_sockmsg hdr;
		char path[4];
	} __attribute__((packed)) request = { { .type = XS_READ, .len = 4 }, "big" };
	char value[301], got[2048];
	size_t total = 0;
	bool full = true;
	int n;

	memset(value, 'v', 300);
	value[300] = '\0';
	OK(fake_write(s, &fake, 1, 0, "big", value));
	for (int i = 0; i < 5; i++)
		assert_int_equal(fake_put(&fake, 1, &request, sizeof(request)), sizeof(request));
	fake_poke(s, 1);
	while (total < 5 * (sizeof(struct xsd_sockmsg) + 300)) {
		assert_true(full);
		assert_in_range(page->rsp_prod - page->rsp_cons, 1, XENSTORE_RING_SIZE);
		full = page->rsp_prod - page->rsp_cons == XENSTORE_RING_SIZE;
		n = fake_take(&fake, 1, got + total, total ? sizeof(got) - total : 200);
		assert_true(n > 0);
		total += (size_t)n;
		if (full)
			fake_poke(s, 1);
	}
	for (size_t i = 0; i < 5; i++)
		assert_memory_equal(got + i * 316 + 16, value, 300);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(permissions, setup, teardown),
		cmocka_unit_test_setup_teardown(privileged_only, setup, teardown),
		cmocka_unit_test_setup_teardown(targets, setup, teardown),
		cmocka_unit_test_setup_teardown(quotas, setup, teardown),
		cmocka_unit_test_setup_teardown(memory_quota, setup, teardown),
		cmocka_unit_test_setup_teardown(watches, setup, teardown),
		cmocka_unit_test_setup_teardown(watches_and_transactions, setup, teardown),
		cmocka_unit_test_setup_teardown(life_and_death, setup, teardown),
		cmocka_unit_test_setup_teardown(introduce_again, setup, teardown),
		cmocka_unit_test_setup_teardown(bad_introductions, setup, teardown),
		cmocka_unit_test_setup_teardown(rubbish, setup, teardown),
		cmocka_unit_test_setup_teardown(random_rubbish, setup, teardown),
		cmocka_unit_test_setup_teardown(deaf_guest, setup, teardown),
		cmocka_unit_test_setup_teardown(long_messages, setup, teardown),
		cmocka_unit_test_setup_teardown(full_ring, setup, teardown),
		cmocka_unit_test_setup_teardown(looked_at_in_between, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
