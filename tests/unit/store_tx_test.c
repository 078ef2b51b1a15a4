/* SPDX-License-Identifier: GPL-2.0-only */
/* store_tx_test.c: transactions against a model: random interleavings of several, with plain
 * writes between, must conflict exactly when something they used was changed by another. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "tests/unit/store_fake.h"
#include "xenstored/domain.h"

#define KEYS  10
#define TXS   4
#define STEPS 30000

struct key {
	bool there;
	int value;
	unsigned long version; /* 0: not there */
};

struct model_tx {
	uint32_t id;
	struct key key[KEYS], base[KEYS];
	bool used[KEYS], changed[KEYS], created[KEYS], removed[KEYS], listed;
	unsigned long list_version;
};

struct model {
	struct key key[KEYS];
	unsigned long version, list_version;
	struct model_tx tx[TXS];
};

static struct fake fake;
static struct model model;
static unsigned int rng = 1;

static unsigned int random_below(unsigned int n)
{
	rng = rng * 1103515245u + 12345u;
	return (rng >> 16) % n;
}

static void key_path(int k, char *path)
{
	sprintf(path, "/t/key%d", k);
}

static void model_write(struct key *key, int value)
{
	if (!key->there)
		model.list_version++;
	key->there = true;
	key->value = value;
	key->version = ++model.version;
}

static void model_remove(struct key *key)
{
	if (key->there)
		model.list_version++;
	*key = (struct key){ 0 };
}

static void check_read(struct store *s, uint32_t tx, int k, const struct key *key)
{
	char path[32], answer[XENSTORE_PAYLOAD_MAX + 1];
	int got;

	key_path(k, path);
	got = fake_path(s, &fake, 0, XS_READ, tx, path, answer);
	if (!key->there) {
		assert_int_equal(got, -ENOENT);
		return;
	}
	assert_true(got >= 0);
	assert_int_equal(atoi(answer), key->value);
}

static void check_list(struct store *s, uint32_t tx, const struct key *keys)
{
	char answer[XENSTORE_PAYLOAD_MAX + 1];
	int k, len = 0, got = fake_path(s, &fake, 0, XS_DIRECTORY, tx, "/t", answer);

	for (k = 0; k < KEYS; k++) {
		if (keys[k].there) {
			assert_true(got > len);
			assert_int_equal(atoi(answer + len + 3), k);
			len += strlen(answer + len) + 1;
		}
	}
	assert_int_equal(got, len);
}

static void step_plain(struct store *s)
{
	char path[32], value[16];
	int k = random_below(KEYS), v = random_below(1000);

	key_path(k, path);
	sprintf(value, "%d", v);
	switch (random_below(4)) {
	case 0:
		check_read(s, 0, k, &model.key[k]);
		break;
	case 1:
		assert_true(fake_path(s, &fake, 0, XS_RM, 0, path, NULL) >= 0);
		model_remove(&model.key[k]);
		break;
	default:
		assert_true(fake_write(s, &fake, 0, 0, path, value) >= 0);
		model_write(&model.key[k], v);
	}
}

static void tx_begin(struct store *s, struct model_tx *t)
{
	*t = (struct model_tx){ .id = fake_tx(s, &fake, 0), .list_version = model.list_version };
	assert_int_not_equal(t->id, 0);
	memcpy(t->key, model.key, sizeof(t->key));
	memcpy(t->base, model.key, sizeof(t->base));
}

static bool expect_conflict(const struct model_tx *t)
{
	int k;

	for (k = 0; k < KEYS; k++) {
		if (t->used[k] && t->base[k].version != model.key[k].version)
			return true;
	}
	return t->listed && t->list_version != model.list_version;
}

static void tx_finish(struct store *s, struct model_tx *t)
{
	bool commit = random_below(4) != 0, conflict = commit && expect_conflict(t);
	int k, got = fake_path(s, &fake, 0, XS_TRANSACTION_END, t->id, commit ? "T" : "F", NULL);

	t->id = 0;
	if (conflict) {
		assert_int_equal(got, -EAGAIN);
		return;
	}
	assert_true(got >= 0);
	for (k = 0; commit && k < KEYS; k++) {
		if (t->removed[k])
			model_remove(&model.key[k]);
		if (t->changed[k] && t->key[k].there)
			model_write(&model.key[k], t->key[k].value);
	}
	check_list(s, 0, model.key);
}

static void step_tx(struct store *s, struct model_tx *t)
{
	char path[32], value[16];
	int k = random_below(KEYS), v = random_below(1000);

	key_path(k, path);
	sprintf(value, "%d", v);
	switch (random_below(7)) {
	case 0:
	case 1:
		check_read(s, t->id, k, &t->key[k]);
		t->used[k] = true;
		break;
	case 2:
	case 3:
		assert_true(fake_write(s, &fake, 0, t->id, path, value) >= 0);
		t->created[k] |= !t->key[k].there;
		t->key[k].there = true;
		t->key[k].value = v;
		t->used[k] = t->changed[k] = true;
		break;
	case 4:
		if (t->created[k])
			break; /* comes and goes inside: neither here nor there */
		assert_true(fake_path(s, &fake, 0, XS_RM, t->id, path, NULL) >= 0);
		t->removed[k] |= t->key[k].there;
		t->key[k].there = false;
		t->used[k] = true;
		break;
	case 5:
		check_list(s, t->id, t->key);
		t->listed = true;
		break;
	default:
		tx_finish(s, t);
	}
}

static void random_interleavings(void **state)
{
	struct store *s = fake_start(&fake, NULL);
	struct model_tx *t;
	int step, k;

	assert_true(fake_path(s, &fake, 0, XS_MKDIR, 0, "/t", NULL) >= 0);
	for (step = 0; step < STEPS; step++) {
		t = &model.tx[random_below(TXS)];
		if (random_below(6) == 0)
			step_plain(s);
		else if (t->id == 0)
			tx_begin(s, t);
		else
			step_tx(s, t);
	}
	for (k = 0; k < KEYS; k++)
		check_read(s, 0, k, &model.key[k]);
	assert_true(fake_path(s, &fake, 0, XS_CONTROL, 0, "check", NULL) >= 0);
	store_free(s);
}

/* Two that add different children to one folder both succeed. */
static void different_children(void **state)
{
	struct store *s = fake_start(&fake, NULL);
	uint32_t a = fake_tx(s, &fake, 0), b = fake_tx(s, &fake, 0);

	assert_true(fake_write(s, &fake, 0, a, "/dir/new/a", "1") >= 0);
	assert_true(fake_path(s, &fake, 0, XS_TRANSACTION_END, b, "F", NULL) >= 0);
	assert_true(fake_path(s, &fake, 0, XS_TRANSACTION_END, a, "T", NULL) >= 0);
	a = fake_tx(s, &fake, 0);
	b = fake_tx(s, &fake, 0);
	assert_true(fake_write(s, &fake, 0, a, "/dir/new/b", "1") >= 0);
	assert_true(fake_write(s, &fake, 0, b, "/dir/new/c", "1") >= 0);
	assert_true(fake_path(s, &fake, 0, XS_TRANSACTION_END, a, "T", NULL) >= 0);
	assert_true(fake_path(s, &fake, 0, XS_TRANSACTION_END, b, "T", NULL) >= 0);
	assert_int_equal(fake_path(s, &fake, 0, XS_DIRECTORY, 0, "/dir/new", NULL), 6);
	store_free(s);
}

/* A subtree that another adds to is not removed unseen; a removed parent is noticed. */
static void subtrees(void **state)
{
	struct store *s = fake_start(&fake, NULL);
	uint32_t t;

	assert_true(fake_write(s, &fake, 0, 0, "/a/b/c", "1") >= 0);
	t = fake_tx(s, &fake, 0);
	assert_true(fake_path(s, &fake, 0, XS_RM, t, "/a", NULL) >= 0);
	assert_true(fake_write(s, &fake, 0, 0, "/a/b/d", "1") >= 0);
	assert_int_equal(fake_path(s, &fake, 0, XS_TRANSACTION_END, t, "T", NULL), -EAGAIN);
	t = fake_tx(s, &fake, 0);
	assert_true(fake_write(s, &fake, 0, t, "/a/b/e", "1") >= 0);
	assert_true(fake_path(s, &fake, 0, XS_RM, 0, "/a", NULL) >= 0);
	assert_int_equal(fake_path(s, &fake, 0, XS_TRANSACTION_END, t, "T", NULL), -EAGAIN);
	assert_int_equal(fake_path(s, &fake, 0, XS_READ, 0, "/a", NULL), -ENOENT);
	/* removed and made anew inside: what was below is gone */
	assert_true(fake_write(s, &fake, 0, 0, "/a/b/c", "1") >= 0);
	t = fake_tx(s, &fake, 0);
	assert_true(fake_path(s, &fake, 0, XS_RM, t, "/a", NULL) >= 0);
	assert_true(fake_write(s, &fake, 0, t, "/a/new", "1") >= 0);
	assert_true(fake_write(s, &fake, 0, 0, "/elsewhere", "1") >= 0);
	assert_true(fake_path(s, &fake, 0, XS_TRANSACTION_END, t, "T", NULL) >= 0);
	assert_int_equal(fake_path(s, &fake, 0, XS_DIRECTORY, 0, "/a", NULL), 4);
	assert_true(fake_path(s, &fake, 0, XS_CONTROL, 0, "check", NULL) >= 0);
	store_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_interleavings),
		cmocka_unit_test(different_children),
		cmocka_unit_test(subtrees),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
