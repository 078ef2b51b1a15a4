/* SPDX-License-Identifier: GPL-2.0-only */
/* smap.h: hash map from string to pointer. Keys are copied. All zeroes is an empty map. */
#ifndef XENSTORED_SMAP_H
#define XENSTORED_SMAP_H

#include <stddef.h>
#include <stdint.h>

struct smap_item {
	struct smap_item *next;
	uint32_t hash;
	void *value;
	char key[];
};

struct smap {
	struct smap_item **slots;
	size_t size, count;
};

uint32_t smap_hash(const char *key, size_t len);
void smap_seed(uint32_t seed); /* once, before the first use */
void *smap_get(const struct smap *m, const char *key);
void *smap_getn(const struct smap *m, const char *key, size_t len);

/* The values of several prefixes of one key, the shortest first, at the cost of one pass over it. */
struct smap_scan {
	const struct smap *m;
	const char *key;
	size_t len;
	uint64_t hash;
};
void smap_scan_start(struct smap_scan *scan, const struct smap *m, const char *key);
void *smap_scan_to(struct smap_scan *scan, size_t len); /* len: not less than the last one */

void smap_put(struct smap *m, const char *key, void *value); /* key must not be there yet */
void *smap_del(struct smap *m, const char *key); /* the value that was there, or NULL */
void smap_clear(struct smap *m, void (*release)(void *value)); /* release may be NULL */

#endif
