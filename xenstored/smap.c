/* SPDX-License-Identifier: GPL-2.0-only */
/* smap.c: hash map from string to pointer; the seed keeps guests from choosing collisions. */
#include <stdlib.h>
#include <string.h>
#include "xenstored/mem.h"
#include "xenstored/smap.h"

static uint32_t hash_seed = 0x9e3779b9;

void smap_seed(uint32_t seed)
{
	hash_seed = seed;
}

static uint64_t hash_start(void)
{
	return 0xcbf29ce484222325ull ^ ((uint64_t)hash_seed << 17);
}

static uint64_t hash_add(uint64_t h, const char *key, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		h = (h ^ (unsigned char)key[i]) * 0x100000001b3ull;
	return h;
}

static uint32_t hash_end(uint64_t h)
{
	h ^= h >> 29;
	h *= 0xbf58476d1ce4e5b9ull;
	return h >> 32;
}

uint32_t smap_hash(const char *key, size_t len)
{
	return hash_end(hash_add(hash_start(), key, len));
}

static struct smap_item **locate(const struct smap *m, const char *key, size_t len, uint32_t hash)
{
	struct smap_item **pos = &m->slots[hash & (m->size - 1)];

	for (; *pos; pos = &(*pos)->next) {
		if ((*pos)->hash == hash && strncmp((*pos)->key, key, len) == 0 &&
		    (*pos)->key[len] == '\0')
			break;
	}
	return pos;
}

void *smap_getn(const struct smap *m, const char *key, size_t len)
{
	struct smap_item *item;

	if (m->count == 0)
		return NULL;
	item = *locate(m, key, len, smap_hash(key, len));
	return item ? item->value : NULL;
}

void *smap_get(const struct smap *m, const char *key)
{
	return smap_getn(m, key, strlen(key));
}

void smap_scan_start(struct smap_scan *scan, const struct smap *m, const char *key)
{
	*scan = (struct smap_scan){ .m = m, .key = key, .hash = hash_start() };
}

void *smap_scan_to(struct smap_scan *scan, size_t len)
{
	struct smap_item *item;

	scan->hash = hash_add(scan->hash, scan->key + scan->len, len - scan->len);
	scan->len = len;
	if (scan->m->count == 0)
		return NULL;
	item = *locate(scan->m, scan->key, len, hash_end(scan->hash));
	return item ? item->value : NULL;
}

static void grow(struct smap *m)
{
	size_t i, size = m->size ? m->size * 2 : 16;
	struct smap_item **slots = mem_zalloc(size * sizeof(*slots)), *item, *next;

	for (i = 0; i < m->size; i++) {
		for (item = m->slots[i]; item; item = next) {
			next = item->next;
			item->next = slots[item->hash & (size - 1)];
			slots[item->hash & (size - 1)] = item;
		}
	}
	free(m->slots);
	m->slots = slots;
	m->size = size;
}

void smap_put(struct smap *m, const char *key, void *value)
{
	size_t len = strlen(key);
	struct smap_item *item = mem_zalloc(sizeof(*item) + len + 1), **slot;

	if (m->count >= m->size)
		grow(m);
	item->hash = smap_hash(key, len);
	item->value = value;
	memcpy(item->key, key, len);
	slot = &m->slots[item->hash & (m->size - 1)];
	item->next = *slot;
	*slot = item;
	m->count++;
}

void *smap_del(struct smap *m, const char *key)
{
	size_t len = strlen(key);
	struct smap_item **pos, *item;
	void *value;

	if (m->count == 0)
		return NULL;
	pos = locate(m, key, len, smap_hash(key, len));
	item = *pos;
	if (!item)
		return NULL;
	*pos = item->next;
	value = item->value;
	free(item);
	m->count--;
	return value;
}

void smap_clear(struct smap *m, void (*release)(void *value))
{
	struct smap_item *item, *next;
	size_t i;

	for (i = 0; i < m->size; i++) {
		for (item = m->slots[i]; item; item = next) {
			next = item->next;
			if (release)
				release(item->value);
			free(item);
		}
	}
	free(m->slots);
	*m = (struct smap){ 0 };
}
