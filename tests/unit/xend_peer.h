/* SPDX-License-Identifier: GPL-2.0-only */
/* xend_peer.h: the other host of a migration, played by a test, and what the tests of both sides share. */
#ifndef TESTS_XEND_PEER_H
#define TESTS_XEND_PEER_H

#include "tests/unit/xend_expect.h"
#include "xend/migrate.h"

struct peer {
	struct env *e;
	struct bufferevent *bev;
	int theirs;	/* the end for xend, or -1 */
	bool eof;
};
struct peer *peer_new(struct env *e);			/* both ends of a socket */
struct peer *peer_on(struct env *e, int fd, int theirs);
void peer_hang_up(struct peer *p);
void peer_say(struct peer *p, const char *line);
struct json_object *peer_hear(struct peer *p);		/* NULL: it hung up */
void peer_hears(struct peer *p, const char *key, const char *text);

/* A migration of domain "web", which is made if it is not there, that has said hello; its token. */
struct peer *peer_migrate(struct client *c, const char *more, char token[MIGRATE_TOKEN]);
void peer_pass(struct peer *p, long ms);		/* so long, whatever happens */
void peer_ready(struct peer *p);			/* says so, when all of the fake's guest has come */
bool peer_has(struct peer *p, const char *text);	/* it has been sent, and not heard yet */
void expect_goes_on(struct client *c);
void restart(struct client **c);			/* after kill -9 of xend */

#endif
