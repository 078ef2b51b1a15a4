/* SPDX-License-Identifier: GPL-2.0-only */
/* quota.h: limits on what one unprivileged domain may make the daemon hold. */
#ifndef XENSTORED_QUOTA_H
#define XENSTORED_QUOTA_H

enum quota_id {
	QUOTA_NODES,
	QUOTA_WATCHES,
	QUOTA_TRANSACTIONS,
	QUOTA_OUTSTANDING,
	QUOTA_TX_NODES,
	QUOTA_MEMORY,
	QUOTA_NODE_SIZE,
	QUOTA_PATH,
	QUOTA_PERMS,
	QUOTA_MEMORY_SOFT,
	QUOTA_COUNT
};

struct quota_row {
	const char *name;
	unsigned int initial;
	const char *help;
	int soft;
};

extern const struct quota_row quota_rows[QUOTA_COUNT];
int quota_lookup(const char *name, int soft); /* enum quota_id or -ENOENT */

#endif
