/* SPDX-License-Identifier: GPL-2.0-only */
/* journal_format.h: the state file's format, shared by journal.c (writes) and replay.c (reads). */
#ifndef XENSTORED_JOURNAL_FORMAT_H
#define XENSTORED_JOURNAL_FORMAT_H

#include <time.h>
#include "xenstored/journal.h"
#include "xenstored/mem.h"

#define JOURNAL_MAGIC "XSTATE1\n"
#define TX_ID_BLOCK   1000

struct batch_header {
	uint32_t len, sum;
};

enum record_type {
	REC_NODE = 1,	 /* path, value, count, count * (u32 domid, u32 perms) */
	REC_DROP,	 /* path */
	REC_DOMAIN,	 /* u32 domid, u64 gfn, u32 port, u32 target, u8 introduced, u8 shutdown */
	REC_RELEASE,	 /* u32 domid */
	REC_WATCH,	 /* u32 domid, u32 home length, path, token */
	REC_UNWATCH,	 /* u32 domid, path, token */
	REC_UNWATCH_ALL, /* u32 domid */
	REC_TX_IDS,	 /* u32 last id that may have been given */
	REC_QUOTA,	 /* u8 soft, name, u32 value */
	REC_REPLY,	 /* u32 domid, u8 enum kept, u32 consumed, u32 base, bytes */
	REC_INPUT,	 /* u32 domid, u32 start, bytes */
	REC_COUNT
};

/* What a replay found of a domain that has no connection yet. */
struct pending_watch {
	struct pending_watch *next;
	size_t home_len;
	char *path, *token;
};

struct pending_msg {
	enum kept how;
	uint32_t consumed, rsp_base;
	struct buf data; /* empty: none */
};

struct pending {
	struct pending *next;
	uint32_t domid;
	struct pending_watch *watches;
	struct pending_msg event, reply;
	uint32_t in_start;
	struct buf input;
};

struct journal {
	int fd;
	bool failed;	/* the last write did */
	bool behind;	/* the file lacks changes: only a new one helps */
	time_t tried;	/* to make it */
	char *path;
	struct buf batch;
	size_t size, snapshot_size;
	struct pending *pending;
};

uint32_t journal_sum(const char *data, size_t len);
/* Applies what bytes hold; *ret_good: the length of the whole batches. Never fails: what does not
 * parse ends it. The fuzzer's entry. */
void journal_replay(struct store *s, const char *data, size_t len, size_t *ret_good);
void journal_drop_pending(struct journal *j);

#endif
