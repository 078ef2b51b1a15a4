/* SPDX-License-Identifier: MIT */
/* private.h: what the files of libxenstore share. Internal functions return 0 or -Exxx; only the
 * public functions turn that into errno. */
#ifndef LIBXENSTORE_PRIVATE_H
#define LIBXENSTORE_PRIVATE_H

#include <sys/types.h>
#include <sys/uio.h>
#include "xenstore.h"

/* Bytes that arrived and are not consumed yet: room for one whole message and a bit more. */
struct xs_in {
	unsigned int start, end;
	char buf[2 * (sizeof(struct xsd_sockmsg) + XENSTORE_PAYLOAD_MAX)];
};

/* A complete message inside an xs_in, valid until the next xs_in_fill(). */
struct xs_msg {
	struct xsd_sockmsg hdr;
	const char *body;
};

struct xs_link {
	int fd;
	bool is_socket;
};

/* conn.c */
int xs_link_open(struct xs_link *link);
void xs_link_close(struct xs_link *link);
ssize_t xs_link_send(const struct xs_link *link, const struct iovec *iov, unsigned int count);
int xs_in_fill(struct xs_in *in, int fd); /* one read(): 0, -EAGAIN, -EPIPE at the end, -Exxx */
int xs_in_next(struct xs_in *in, struct xs_msg *ret_msg); /* 1: a message; 0: more needed; -EPROTO */

/* codec.c */
int xs_check_watch_body(const struct xs_msg *msg, const char **ret_path, const char **ret_token);
int xs_reply_error(const struct xs_msg *msg); /* 0 unless the message is XS_ERROR; then -Exxx */
unsigned int xs_count_strings(const char *strings, unsigned int len);

#endif
