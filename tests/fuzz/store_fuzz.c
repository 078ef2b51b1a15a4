/* SPDX-License-Identifier: GPL-2.0-only */
/* store_fuzz.c: any bytes as what a guest writes into its ring (first byte even) or as a state file
 * (odd). The store must go on serving and stay consistent. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "tests/unit/store_fake.h"
#include "util/log.h"
#include "xenstored/domain.h"
#include "xenstored/journal_format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void as_guest(struct store *s, struct fake *f, const uint8_t *data, size_t size)
{
	char sink[256];
	size_t put;

	while (size > 0 && f->d[1].mapped) {
		put = fake_put(f, 1, data, size < 200 ? size : 200);
		data += put;
		size -= put;
		fake_poke(s, 1);
		while (fake_take(f, 1, sink, sizeof(sink)) > 0)
			fake_poke(s, 1);
		if (put == 0)
			return;
	}
}

static void as_state(const uint8_t *data, size_t size)
{
	struct store *s = store_new();
	struct journal j = { .fd = -1 };
	size_t good;

	s->journal = &j;
	journal_replay(s, (const char *)data, size, &good);
	journal_drop_pending(&j);
	bytes_free(&j.batch);
	s->journal = NULL;
	store_free(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct fake f;
	struct store *s;

	log_set_level(LOG_LVL_ERROR);
	if (size == 0)
		return 0;
	if (data[0] & 1) {
		as_state(data + 1, size - 1);
		return 0;
	}
	memset(&f, 0, sizeof(f));
	s = fake_start(&f, NULL);
	fake_introduce(s, &f, 1);
	fake_write(s, &f, 0, 0, "/local/domain/1", "");
	fake_perms(s, &f, "/local/domain/1", "n1", 3);
	as_guest(s, &f, data + 1, size - 1);
	if (fake_path(s, &f, 0, XS_CONTROL, 0, "check", NULL) < 0)
		abort();
	store_free(s);
	return 0;
}
