/* SPDX-License-Identifier: GPL-2.0-only */
/* store_hostile_test.c: guests that use what is theirs to make the daemon slow or large. Work is counted
 * where it can be; where it is timed, the limit is a hundred times what it takes. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>
#include "tests/unit/store_fake.h"
#include "util/log.h"
#include "xenstored/conn.h"
#include "xenstored/domain.h"
#include "xenstored/tx.h"

#define OK(expr) assert_true((expr) >= 0)
#define GUESTS	  7
#define CHAIN	  980 /* nodes below each other: a domain may have 1000 */

static struct fake fake;
static struct store *s;

/* Guests that own their homes. */
static int setup(void **state)
{
	char path[32], perms[4];
	uint32_t id;

	memset(&fake, 0, sizeof(fake));
	s = fake_start(&fake, NULL);
	for (id = 1; id <= GUESTS; id++) {
		OK(fake_introduce(s, &fake, id));
		snprintf(path, sizeof(path), "/local/domain/%u", id);
		snprintf(perms, sizeof(perms), "n%u", id);
		OK(fake_write(s, &fake, 0, 0, path, ""));
		OK(fake_perms(s, &fake, path, perms, 3));
	}
	fake.event_count = 0;
	return 0;
}

static int teardown(void **state)
{
	OK(fake_path(s, &fake, 0, XS_CONTROL, 0, "check", NULL));
	store_free(s);
	return 0;
}

static double cpu_seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* Names every domain that could exist in the permissions of one node. */
static void names_all_domains(void **state)
{
	unsigned int known = 0;
	char body[64];
	uint32_t id;
	int len;

	OK(fake_write(s, &fake, 1, 0, "x", ""));
	for (id = 1; id + 4 <= DOMID_COUNT; id += 4) {
		len = snprintf(body, sizeof(body), "x%cn1%cr%u%cr%u%cr%u%cr%u%c", 0, 0, id, 0, id + 1, 0,
			       id + 2, 0, id + 3, 0);
		OK(fake_call(s, &fake, 1, XS_SET_PERMS, 0, body, len, NULL));
	}
	for (id = 0; id < DOMID_COUNT; id++)
		known += s->domains[id] != NULL;
	assert_int_equal(known, GUESTS + 1);
	/* each event looks at those that are known */
	fake.asked = 0;
	domain_scan(s);
	assert_in_range(fake.asked, 1, GUESTS);
	/* one that is made later was not meant */
	len = snprintf(body, sizeof(body), "x%cn1%cr%u%c", 0, 0, 900, 0);
	OK(fake_call(s, &fake, 1, XS_SET_PERMS, 0, body, len, NULL));
	OK(fake_call(s, &fake, 1, XS_GET_PERMS, 0, "x", 2, body));
	assert_string_equal(body, "n1");
	/* one that is there is */
	OK(fake_call(s, &fake, 1, XS_SET_PERMS, 0, "x\0n1\0r2", 8, NULL));
	OK(fake_path(s, &fake, 2, XS_READ, 0, "/local/domain/1/x", NULL));
}

static void make_chain(char *path, size_t size)
{
	size_t i;

	assert_true(size >= 2 * CHAIN);
	for (i = 0; i < CHAIN; i++)
		memcpy(path + 2 * i, "a/", 2);
	path[2 * CHAIN - 1] = '\0';
}

/* A chain of nodes that goes in a transaction from its end: each is below all the others. */
static void deep_removal(void **state)
{
	char path[2 * CHAIN];
	double start;
	uint32_t tx;
	int i;

	make_chain(path, sizeof(path));
	OK(fake_watch(s, &fake, 1, "a", "top"));
	OK(fake_watch(s, &fake, 1, "a/a/a", "below"));
	OK(fake_write(s, &fake, 1, 0, path, "v"));
	fake_saw(s, &fake, "");
	start = cpu_seconds();
	for (i = 0; i < 100; i++)
		OK(fake_write(s, &fake, 1, 0, path, i % 2 ? "v" : "w"));
	assert_true(cpu_seconds() - start < 2);
	fake_saw(s, &fake, "");
	tx = fake_tx(s, &fake, 1);
	for (i = CHAIN; i > 0; i--) {
		path[2 * i - 1] = '\0';
		OK(fake_path(s, &fake, 1, XS_RM, tx, path, NULL));
	}
	start = cpu_seconds();
	OK(fake_path(s, &fake, 1, XS_TRANSACTION_END, tx, "T", NULL));
	assert_true(cpu_seconds() - start < 1);
	assert_int_equal(fake_path(s, &fake, 1, XS_READ, 0, "a", NULL), -ENOENT);
}

/* What goes with its parent in one transaction is told as if it went alone. */
static void removal_is_told(void **state)
{
	uint32_t tx;

	OK(fake_watch(s, &fake, 1, "a", "top"));
	OK(fake_watch(s, &fake, 1, "a/b", "mid"));
	OK(fake_watch(s, &fake, 1, "a/b/c", "low"));
	OK(fake_write(s, &fake, 1, 0, "a/b/c", "v"));
	fake_saw(s, &fake, "");
	tx = fake_tx(s, &fake, 1);
	OK(fake_path(s, &fake, 1, XS_RM, tx, "a/b", NULL));
	OK(fake_path(s, &fake, 1, XS_RM, tx, "a", NULL));
	OK(fake_path(s, &fake, 1, XS_TRANSACTION_END, tx, "T", NULL));
	conn_run_idle(s);
	assert_true(fake_saw(s, &fake, "1 a/b/c low"));
	OK(fake_write(s, &fake, 1, 0, "a/b/c", "v"));
	fake_saw(s, &fake, "");
	tx = fake_tx(s, &fake, 1);
	OK(fake_path(s, &fake, 1, XS_RM, tx, "a/b", NULL));
	OK(fake_path(s, &fake, 1, XS_RM, tx, "a", NULL));
	OK(fake_path(s, &fake, 1, XS_TRANSACTION_END, tx, "T", NULL));
	assert_true(fake_saw(s, &fake, "1 a/b top"));
}

/* Notes of what a transaction looked at, though nothing is there. */
static void transactions_count(void **state)
{
	unsigned int quota = s->quota[QUOTA_MEMORY];
	char path[2000];
	uint32_t tx[10];
	int i, t, err = 0;

	for (t = 0; t < 10; t++) {
		tx[t] = fake_tx(s, &fake, 1);
		for (i = 0, err = 0; i < 1024 && err != -ENOSPC; i++) {
			memset(path, 'x', sizeof(path));
			snprintf(path + 1980, 20, "%d", i);
			err = fake_path(s, &fake, 1, XS_READ, tx[t], path, NULL);
		}
	}
	assert_int_equal(err, -ENOSPC);
	assert_in_range(domain_find(s, 1)->tx_bytes, quota / 2, quota);
	/* new values in all of them */
	for (t = 0; t < 10; t++)
		OK(fake_path(s, &fake, 1, XS_TRANSACTION_END, tx[t], "F", NULL));
	assert_int_equal(domain_find(s, 1)->tx_bytes, 0);
	memset(path, 'v', 1900);
	path[1900] = '\0';
	for (t = 0; t < 10; t++) {
		char name[24];

		tx[t] = fake_tx(s, &fake, 1);
		for (i = 0, err = 0; i < 900 && err != -ENOSPC; i++) {
			snprintf(name, sizeof(name), "n%d/%d", i / 30, i);
			err = fake_write(s, &fake, 1, tx[t], name, path);
		}
	}
	assert_int_equal(err, -ENOSPC);
	assert_in_range(domain_find(s, 1)->tx_bytes, quota / 2, quota);
	for (t = 0; t < 10; t++)
		fake_path(s, &fake, 1, XS_TRANSACTION_END, tx[t], "F", NULL);
	/* the first one of them, alone, is as large as ever */
	tx[0] = fake_tx(s, &fake, 1);
	for (i = 0; i < 500; i++) {
		snprintf(path, sizeof(path), "n%d/%d", i / 30, i);
		OK(fake_write(s, &fake, 1, tx[0], path, "value"));
	}
	OK(fake_path(s, &fake, 1, XS_TRANSACTION_END, tx[0], "T", NULL));
}

static void rewrite_all(char mark)
{
	char path[32], value[1900];
	uint32_t id;
	int i;

	memset(value, mark, sizeof(value));
	value[sizeof(value) - 1] = '\0';
	for (id = 2; id <= GUESTS; id++) {
		for (i = 0; i < 900; i++) {
			snprintf(path, sizeof(path), "m%d/%d", i / 30, i);
			OK(fake_write(s, &fake, id, 0, path, value));
		}
	}
}

/* A transaction that stays open keeps the tree alive as it was, which others change meanwhile. */
static void old_transactions_let_go(void **state)
{
	uint32_t first = fake_tx(s, &fake, 1), young;
	char mark;

	OK(fake_write(s, &fake, 1, first, "old", "1"));
	for (mark = 'a'; mark < 'f'; mark++) {
		rewrite_all(mark);
		if (mark < 'e')
			fake_tx(s, &fake, 1);
	}
	assert_true(domain_find(s, 1)->conn->txs->next != NULL);
	young = fake_tx(s, &fake, 1);
	OK(fake_write(s, &fake, 1, young, "young", "1"));
	assert_int_equal(fake_path(s, &fake, 1, XS_TRANSACTION_END, first, "T", NULL), -EAGAIN);
	OK(fake_path(s, &fake, 1, XS_TRANSACTION_END, young, "T", NULL));
	OK(fake_path(s, &fake, 1, XS_READ, 0, "young", NULL));
	assert_int_equal(fake_path(s, &fake, 1, XS_READ, 0, "old", NULL), -ENOENT);
	assert_true(node_left - s->tx_oldest <= 32u << 20);
}

static unsigned int lines_of(const char *file)
{
	FILE *f = fopen(file, "r");
	unsigned int n = 0;
	int c;

	assert_non_null(f);
	while ((c = fgetc(f)) != EOF)
		n += c == '\n';
	fclose(f);
	return n;
}

/* Above the limit that is warned of, and below again, as often as it can. */
static void warned_again_and_again(void **state)
{
	char file[] = "/tmp/store-hostile-XXXXXX", path[32], value[1900];
	int i, k, fd = mkstemp(file);

	assert_true(fd >= 0);
	assert_int_equal(log_open(file), 0);
	OK(fake_call(s, &fake, 0, XS_CONTROL, 0, "quota-soft\0set\0memory\00050000", 28, NULL));
	memset(value, 'v', sizeof(value));
	value[sizeof(value) - 1] = '\0';
	for (k = 0; k < 200; k++) {
		for (i = 0; i < 30; i++) {
			snprintf(path, sizeof(path), "m/%d", i);
			OK(fake_write(s, &fake, 1, 0, path, value));
		}
		OK(fake_path(s, &fake, 1, XS_RM, 0, "m", NULL));
	}
	log_open(NULL);
	assert_in_range(lines_of(file), 1, 30);
	unlink(file);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(names_all_domains, setup, teardown),
		cmocka_unit_test_setup_teardown(deep_removal, setup, teardown),
		cmocka_unit_test_setup_teardown(removal_is_told, setup, teardown),
		cmocka_unit_test_setup_teardown(transactions_count, setup, teardown),
		cmocka_unit_test_setup_teardown(old_transactions_let_go, setup, teardown),
		cmocka_unit_test_setup_teardown(warned_again_and_again, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
