/* SPDX-License-Identifier: GPL-2.0-only */
/* store_journal_test.c: the daemon ends at any instant and is started again: nothing that was
 * answered is lost, no guest waits forever, whatever part of the last write arrived. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include <cmocka.h>
#include "tests/unit/store_fake.h"
#include "xenstored/conn.h"
#include "xenstored/domain.h"
#include "xenstored/journal_format.h"

#define OK(expr) assert_true((expr) >= 0)

static struct fake fake;
static char path_of_state[64];
static char answer[XENSTORE_PAYLOAD_MAX + 1];

static int setup(void **state)
{
	memset(&fake, 0, sizeof(fake));
	sprintf(path_of_state, "/tmp/store_journal_test.%d", (int)getpid());
	unlink(path_of_state);
	return 0;
}

static int teardown(void **state)
{
	unlink(path_of_state);
	return 0;
}

static struct store *restart(struct store *s)
{
	fake_kill(s);
	return fake_start(&fake, path_of_state);
}

static void put_text(const char *path, const struct node *n, void *arg)
{
	unsigned int i;

	bytes_printf(arg, "%s=%s", path, n->value ? n->value->data : "");
	for (i = 0; i < n->perms->count; i++)
		bytes_printf(arg, " %u:%u", n->perms->p[i].id, n->perms->p[i].perms);
	bytes_printf(arg, "\n");
}

static int dump_one(const char *path, const struct node *n, void *arg)
{
	put_text(path, n, arg);
	return 0;
}

static char *dump(struct store *s)
{
	struct buf b = { 0 };

	node_walk(s->root, "/", dump_one, &b);
	bytes_put(&b, "", 1);
	return b.data;
}

static void everything_returns(void **state)
{
	struct store *s = fake_start(&fake, path_of_state);
	char *before, *after;

	OK(fake_introduce(s, &fake, 1));
	OK(fake_introduce(s, &fake, 2));
	OK(fake_write(s, &fake, 0, 0, "/local/domain/1/a", "value"));
	OK(fake_perms(s, &fake, "/local/domain/1", "n1\0r2", 6));
	OK(fake_perms(s, &fake, "@releaseDomain", "n0\0r2", 6));
	OK(fake_write(s, &fake, 1, 0, "b/c", "deep"));
	OK(fake_path(s, &fake, 0, XS_RM, 0, "/local/domain/1/a", NULL));
	OK(fake_watch(s, &fake, 1, "b", "token"));
	OK(fake_watch(s, &fake, 2, "@releaseDomain", "out"));
	OK(fake_call(s, &fake, 0, XS_SET_TARGET, 0, "2\0001", 4, NULL));
	OK(fake_call(s, &fake, 0, XS_CONTROL, 0, "quota\0set\0watches\0005", 20, NULL));
	fake_saw(s, &fake, "");
	before = dump(s);
	s = restart(s);
	after = dump(s);
	assert_string_equal(before, after);
	free(before);
	free(after);
	/* every watch has fired once, and fires */
	assert_true(fake_saw(s, &fake, "1 b token"));
	OK(fake_write(s, &fake, 0, 0, "/local/domain/1/b/x", "1"));
	assert_true(fake_saw(s, &fake, "1 b/x token"));
	assert_int_equal(domain_find(s, 2)->target, 1);
	assert_int_equal(s->quota[QUOTA_WATCHES], 5);
	/* one that dies meanwhile is gone afterwards */
	fake.d[1].exists = false;
	s = restart(s);
	assert_true(fake_saw(s, &fake, "2 @releaseDomain out"));
	assert_int_equal(fake_path(s, &fake, 0, XS_READ, 0, "/local/domain/1", NULL), -ENOENT);
	OK(fake_path(s, &fake, 0, XS_CONTROL, 0, "check", NULL));
	store_free(s);
}

/* A full file system: what waits for room does not grow, and with room all is in the file again. */
static void full_file_system(void **state)
{
	struct store *s = fake_start(&fake, path_of_state);
	struct rlimit was, full;
	char path[32], *before, *after, aside[80];
	int i;

	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &was);
	full = was;
	full.rlim_cur = s->journal->size + 1000;
	setrlimit(RLIMIT_FSIZE, &full);
	for (i = 0; i < 2000; i++) {
		snprintf(path, sizeof(path), "/many/%d", i);
		OK(fake_write(s, &fake, 0, 0, path, "what is written while there is no room for it"));
		assert_in_range(s->journal->batch.len, 0, 70000);
	}
	snprintf(aside, sizeof(aside), "%s.new", path_of_state);
	assert_int_equal(access(aside, F_OK), -1); /* it would take what room there is */
	setrlimit(RLIMIT_FSIZE, &was);
	s->journal->tried = 0;
	OK(fake_write(s, &fake, 0, 0, "/last", "1"));
	conn_turns(s);
	before = dump(s);
	s = restart(s);
	after = dump(s);
	assert_string_equal(before, after);
	free(before);
	free(after);
	store_free(s);
}

/* Guest 1 is there, and has written "a" in a transaction of its own. */
static uint32_t guest_transaction(struct store *s)
{
	uint32_t t;

	OK(fake_introduce(s, &fake, 1));
	OK(fake_write(s, &fake, 0, 0, "/local/domain/1", ""));
	OK(fake_perms(s, &fake, "/local/domain/1", "n1", 3));
	t = fake_tx(s, &fake, 1);
	OK(fake_write(s, &fake, 1, t, "a", "1"));
	return t;
}

/* A transaction under way ends with EAGAIN, so the guest makes it again. */
static void open_transaction(void **state)
{
	struct store *s = fake_start(&fake, path_of_state);
	uint32_t t = guest_transaction(s);

	s = restart(s);
	OK(fake_write(s, &fake, 1, t, "b", "1"));
	OK(fake_path(s, &fake, 1, XS_READ, t, "b", NULL));
	assert_int_equal(fake_path(s, &fake, 1, XS_TRANSACTION_END, t, "T", NULL), -EAGAIN);
	assert_int_equal(fake_path(s, &fake, 1, XS_READ, 0, "b", NULL), -ENOENT);
	assert_true(fake_tx(s, &fake, 1) > t);
	store_free(s);
}

static int answer_type(uint32_t domid)
{
	struct xsd_sockmsg hdr;

	if (fake_take(&fake, domid, &hdr, sizeof(hdr)) != sizeof(hdr))
		return -1;
	fake_take(&fake, domid, answer, hdr.len);
	return hdr.type;
}

/* The daemon ends when a request is done but not answered: the answer comes from the journal, and
 * the request is not done twice. */
static void between_change_and_answer(void **state)
{
	struct store *s = fake_start(&fake, path_of_state);
	struct xsd_sockmsg hdr = { XS_TRANSACTION_END, 99, 0, 2 };

	hdr.tx_id = guest_transaction(s);
	/* the answers' half is full: the request is done and journaled, its answer waits */
	fake.d[1].page.rsp_cons = fake.d[1].page.rsp_prod - XENSTORE_RING_SIZE;
	fake_put(&fake, 1, &hdr, sizeof(hdr));
	fake_put(&fake, 1, "T", 2);
	fake_poke(s, 1);
	OK(fake_path(s, &fake, 0, XS_READ, 0, "/local/domain/1/a", answer));
	assert_int_not_equal(fake.d[1].page.req_cons, fake.d[1].page.req_prod);
	s = restart(s);
	fake.d[1].page.rsp_cons = fake.d[1].page.rsp_prod;
	fake_poke(s, 1);
	assert_int_equal(answer_type(1), XS_TRANSACTION_END);
	assert_string_equal(answer, "OK");
	assert_int_equal(fake.d[1].page.req_cons, fake.d[1].page.req_prod);
	OK(fake_write(s, &fake, 1, 0, "b", "1"));
	store_free(s);
}

/* A request and an answer longer than the ring, cut at every point where the daemon gets a turn. */
static void long_messages_cut(void **state)
{
	struct store *s = fake_start(&fake, path_of_state);
	char whole[16 + 1800], back[8000];
	struct xsd_sockmsg hdr = { XS_WRITE, 5, 0, 1800 };
	size_t sent = 0, got = 0;
	int i;

	OK(fake_introduce(s, &fake, 1));
	OK(fake_write(s, &fake, 0, 0, "/local/domain/1", ""));
	OK(fake_perms(s, &fake, "/local/domain/1", "n1", 3));
	memcpy(whole, &hdr, 16);
	memset(whole + 16, 'v', 1800);
	memcpy(whole + 16, "long", 5);
	while (sent < sizeof(whole)) {
		sent += fake_put(&fake, 1, whole + sent, 300 < sizeof(whole) - sent ? 300
				 : sizeof(whole) - sent);
		fake_poke(s, 1);
		s = restart(s);
	}
	fake_poke(s, 1);
	assert_int_equal(answer_type(1), XS_WRITE);
	hdr = (struct xsd_sockmsg){ XS_READ, 6, 0, 5 };
	fake_put(&fake, 1, &hdr, 16);
	fake_put(&fake, 1, "long", 5);
	fake_poke(s, 1);
	for (i = 0; i < 40 && got < 16 + 1795; i++) {
		got += fake_take(&fake, 1, back + got, 100);
		s = restart(s);
		fake_poke(s, 1);
	}
	assert_int_equal(got, 16 + 1795);
	assert_memory_equal(back + 16, whole + 16 + 5, 1795);
	assert_int_equal(fake_take(&fake, 1, back, 1), 0);
	OK(fake_path(s, &fake, 1, XS_READ, 0, "long", answer));
	store_free(s);
}

static void replay_part(const char *data, size_t len)
{
	struct store *s = store_new();
	struct journal j = { .fd = -1 };
	size_t good;

	s->journal = &j;
	journal_replay(s, data, len, &good);
	assert_true(good <= len);
	journal_drop_pending(&j);
	bytes_free(&j.batch);
	s->journal = NULL;
	store_free(s);
}

static size_t read_state(char *data, size_t size)
{
	FILE *f = fopen(path_of_state, "r");
	size_t len = fread(data, 1, size, f);

	fclose(f);
	return len;
}

/* Any prefix of the file is a valid state, and any damage is survived. */
static void prefixes_and_damage(void **state)
{
	static char data[65536], copy[65536];
	struct store *s = fake_start(&fake, path_of_state);
	unsigned int rng = 3, i, k;
	size_t len;

	OK(fake_introduce(s, &fake, 1));
	OK(fake_write(s, &fake, 0, 0, "/local/domain/1/a", "value"));
	OK(fake_perms(s, &fake, "/local/domain/1", "n1\0r2", 6));
	OK(fake_watch(s, &fake, 1, "a", "token"));
	OK(fake_path(s, &fake, 0, XS_RM, 0, "/local/domain/1/a", NULL));
	OK(fake_path(s, &fake, 0, XS_RELEASE, 0, "1", NULL));
	len = read_state(data, sizeof(data));
	assert_in_range(len, 100, sizeof(data) - 1);
	for (i = 0; i <= len; i++)
		replay_part(data, i);
	for (i = 0; i < 2000; i++) {
		struct batch_header h;

		memcpy(copy, data, len);
		for (k = 0; k < 3; k++) {
			rng = rng * 1103515245u + 12345u;
			copy[8 + (rng >> 8) % (len - 8)] = rng >> 24;
		}
		/* mend the first batch's sum, so that the damage gets through */
		memcpy(&h, copy + 8, sizeof(h));
		if (h.len <= len - 16) {
			h.sum = journal_sum(copy + 16, h.len);
			memcpy(copy + 8, &h, sizeof(h));
		}
		replay_part(copy, len);
	}
	store_free(s);
}

/* Random work, the daemon ended after every so many steps. */
static void random_restarts(void **state)
{
	struct store *s = fake_start(&fake, path_of_state);
	unsigned int rng = 11, i, domid;
	char path[64], *before, *after;

	for (domid = 1; domid < 4; domid++) {
		OK(fake_introduce(s, &fake, domid));
		sprintf(path, "/local/domain/%u", domid);
		OK(fake_write(s, &fake, 0, 0, path, ""));
		OK(fake_call(s, &fake, 0, XS_SET_PERMS, 0, path,
			     sprintf(path + strlen(path) + 1, "n%u", domid) + strlen(path) + 2,
			     NULL));
	}
	for (i = 0; i < 3000; i++) {
		rng = rng * 1103515245u + 12345u;
		domid = 1 + (rng >> 8) % 3;
		sprintf(path, "k%u/%u", (rng >> 12) % 5, (rng >> 16) % 7);
		if ((rng >> 20) % 4 == 0)
			fake_path(s, &fake, domid, XS_RM, 0, path, NULL);
		else
			OK(fake_write(s, &fake, domid, 0, path, path + (rng >> 24) % 3));
		if (i % 100 == 0) {
			before = dump(s);
			s = restart(s);
			after = dump(s);
			assert_string_equal(before, after);
			free(before);
			free(after);
			OK(fake_path(s, &fake, 0, XS_CONTROL, 0, "check", NULL));
		}
	}
	store_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(everything_returns, setup, teardown),
		cmocka_unit_test_setup_teardown(full_file_system, setup, teardown),
		cmocka_unit_test_setup_teardown(open_transaction, setup, teardown),
		cmocka_unit_test_setup_teardown(between_change_and_answer, setup, teardown),
		cmocka_unit_test_setup_teardown(long_messages_cut, setup, teardown),
		cmocka_unit_test_setup_teardown(prefixes_and_damage, setup, teardown),
		cmocka_unit_test_setup_teardown(random_restarts, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
