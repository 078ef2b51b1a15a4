/* SPDX-License-Identifier: GPL-2.0-only */
/* feature.c: sets of CPU features by the table of feature_rows.c. */
#include "feature.h"

const struct feature_place feature_places[NR_FEATURE_WORDS] = {
	[FW_1D] = { 0x1, 0, 3 },           [FW_1C] = { 0x1, 0, 2 },
	[FW_E1D] = { 0x80000001, 0, 3 },   [FW_E1C] = { 0x80000001, 0, 2 },
	[FW_DA1] = { 0xd, 1, 0 },          [FW_7B0] = { 0x7, 0, 1 },
	[FW_7C0] = { 0x7, 0, 2 },          [FW_E7D] = { 0x80000007, 0, 3 },
	[FW_E8B] = { 0x80000008, 0, 1 },   [FW_7D0] = { 0x7, 0, 3 },
	[FW_7A1] = { 0x7, 1, 0 },          [FW_E21A] = { 0x80000021, 0, 0 },
	[FW_7B1] = { 0x7, 1, 1 },
};

void feature_set(struct featureset *f, unsigned int id, bool on)
{
	uint32_t bit = 1U << (id % 32);

	if (on)
		f->w[id / 32] |= bit;
	else
		f->w[id / 32] &= ~bit;
}

void features_limit(struct featureset *f, const struct featureset *most)
{
	for (unsigned int i = 0; i < NR_FEATURE_WORDS; i++)
		f->w[i] &= most->w[i];
}

static bool lacks_something(const struct featureset *f, const struct feature_row *r)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(r->needs); i++)
		if (r->needs[i] && !feature_has(f, r->needs[i]))
			return true;
	return false;
}

/* Each round but the last takes something away, so there are no more than there are rows. */
void features_close(struct featureset *f)
{
	bool again;

	do {
		again = false;
		for (unsigned int i = 0; i < nr_feature_rows; i++) {
			const struct feature_row *r = &feature_rows[i];

			if (feature_has(f, r->id) && lacks_something(f, r)) {
				feature_set(f, r->id, false);
				again = true;
			}
		}
	} while (again);
}

void features_offered(const struct featureset *cpu, enum feature_offer least, struct featureset *ret)
{
	memset(ret, 0, sizeof(*ret));
	for (unsigned int i = 0; i < nr_feature_rows; i++) {
		const struct feature_row *r = &feature_rows[i];

		if (r->offer >= least && r->offer != OFFER_DERIVED && feature_has(cpu, r->id))
			feature_set(ret, r->id, true);
	}
	features_close(ret);
}

static const struct feature_row *find(const char *name, size_t len)
{
	for (unsigned int i = 0; i < nr_feature_rows; i++)
		if (strlen(feature_rows[i].name) == len && !strncmp(feature_rows[i].name, name, len))
			return &feature_rows[i];
	return NULL;
}

/* 1, 0, or -1: not a boolean. */
static int boolean(const char *s, size_t len)
{
	static const struct { const char *word; int on; } words[] = {
		{ "1", 1 }, { "yes", 1 }, { "on", 1 }, { "true", 1 }, { "enable", 1 },
		{ "0", 0 }, { "no", 0 }, { "off", 0 }, { "false", 0 }, { "disable", 0 },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(words); i++)
		if (strlen(words[i].word) == len && !strncmp(s, words[i].word, len))
			return words[i].on;
	return -1;
}

/* "name", "no-name" or "name=BOOLEAN". */
static bool parse_one(const char *s, size_t len, struct featureset *f)
{
	bool no = len > 3 && !strncmp(s, "no-", 3) && !find(s, len);
	const char *eq = s;
	const struct feature_row *r;
	int on = !no;

	if (no) {
		s += 3;
		len -= 3;
	}
	for (eq = s; eq < s + len && *eq != '='; eq++)
		;
	if (eq < s + len) {
		on = no ? -1 : boolean(eq + 1, s + len - eq - 1);
		len = eq - s;
	}
	r = find(s, len);
	if (!r || on < 0)
		return false;
	if (!on)
		feature_set(f, r->id, false);
	return true;
}

unsigned int features_parse(const char *list, struct featureset *f, char *bad, size_t size)
{
	unsigned int nr_bad = 0;
	const char *end;

	for (; *list; list = *end ? end + 1 : end) {
		for (end = list; *end && *end != ','; end++)
			;
		if (end == list || parse_one(list, end - list, f))
			continue;
		if (!nr_bad++)
			strlcpy(bad, list, min(size, (size_t)(end - list) + 1));
	}
	return nr_bad;
}
