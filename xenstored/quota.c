/* SPDX-License-Identifier: GPL-2.0-only */
/* quota.c: the limits by name, with the defaults of 4.17. */
#include <errno.h>
#include <string.h>
#include "xenstored/quota.h"

const struct quota_row quota_rows[QUOTA_COUNT] = {
	[QUOTA_NODES] = { "nodes", 1000, "nodes per domain" },
	[QUOTA_WATCHES] = { "watches", 128, "watches per domain" },
	[QUOTA_TRANSACTIONS] = { "transactions", 10, "open transactions per domain" },
	[QUOTA_OUTSTANDING] = { "outstanding", 20, "requests under way per domain" },
	[QUOTA_TX_NODES] = { "transaction-nodes", 1024, "nodes touched by one transaction" },
	[QUOTA_MEMORY] = { "memory", 2 * 1024 * 1024 + 512 * 1024, "bytes held per domain" },
	[QUOTA_NODE_SIZE] = { "node-size", 2048, "bytes of one node" },
	[QUOTA_PATH] = { "path-max", 2048, "length of a path" },
	[QUOTA_PERMS] = { "permissions", 5, "permissions of one node" },
	[QUOTA_MEMORY_SOFT] = { "memory", 2 * 1024 * 1024, "bytes held per domain (warning)", 1 },
};

int quota_lookup(const char *name, int soft)
{
	int i;

	for (i = 0; i < QUOTA_COUNT; i++) {
		if (quota_rows[i].soft == soft && strcmp(quota_rows[i].name, name) == 0)
			return i;
	}
	return -ENOENT;
}
