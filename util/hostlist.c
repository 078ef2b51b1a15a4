/* SPDX-License-Identifier: GPL-2.0-only */
/* hostlist.c: lists of addresses and networks. No names: who is meant must not depend on a resolver. */
#include "util/hostlist.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define SEPARATORS ", \t"

struct network {
	uint8_t addr[16];	/* IPv4: as ::ffff:a.b.c.d */
	unsigned int bits;
};

static bool word_parse(const char *word, size_t len, struct network *n)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	char text[INET6_ADDRSTRLEN + 5], *slash, *end;
	bool v4;

	if (len >= sizeof(text))
		return false;
	memcpy(text, word, len);
	text[len] = '\0';
	slash = strchr(text, '/');
	if (slash)
		*slash++ = '\0';
	memcpy(n->addr, mapped, sizeof(mapped));
	v4 = inet_pton(AF_INET, text, n->addr + 12) == 1;
	if (!v4 && inet_pton(AF_INET6, text, n->addr) != 1)
		return false;
	n->bits = 128;
	if (slash) {
		unsigned long bits = strtoul(slash, &end, 10);

		if (!*slash || *end || bits > (v4 ? 32 : 128))
			return false;
		n->bits = (unsigned int)bits + (v4 ? 96 : 0);
	}
	return true;
}

const char *hostlist_bad(const char *list, int *ret_len)
{
	struct network n;
	size_t len;

	for (list += strspn(list, SEPARATORS); *list; list += len, list += strspn(list, SEPARATORS)) {
		len = strcspn(list, SEPARATORS);
		if (word_parse(list, len, &n))
			continue;
		*ret_len = (int)len;
		return list;
	}
	return NULL;
}

static bool same(const uint8_t *a, const uint8_t *b, unsigned int bits)
{
	unsigned int rest = bits % 8;

	if (memcmp(a, b, bits / 8))
		return false;
	return !rest || (a[bits / 8] ^ b[bits / 8]) >> (8 - rest) == 0;
}

bool hostlist_has(const char *list, const struct sockaddr *sa)
{
	struct network n, host = { .addr = { [10] = 0xff, [11] = 0xff } };
	size_t len;

	if (!list)
		return false;
	if (sa->sa_family == AF_INET)
		memcpy(host.addr + 12, &((const struct sockaddr_in *)(const void *)sa)->sin_addr, 4);
	else if (sa->sa_family == AF_INET6)
		memcpy(host.addr, &((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr, 16);
	else
		return false;
	for (list += strspn(list, SEPARATORS); *list; list += len, list += strspn(list, SEPARATORS)) {
		len = strcspn(list, SEPARATORS);
		if (word_parse(list, len, &n) && same(n.addr, host.addr, n.bits))
			return true;
	}
	return false;
}
