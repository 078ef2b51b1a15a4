/* SPDX-License-Identifier: GPL-2.0-only */
/* loop.h: the event loop: the listening socket, the hypervisor's events, signals. */
#ifndef XENSTORED_LOOP_H
#define XENSTORED_LOOP_H

#include "xenstored/store.h"

struct event_base;
struct loop;

int loop_new(struct store *s);
void loop_free(struct store *s);
struct event_base *loop_base(const struct store *s);
/* The listening socket at path, mode 0600; a leftover one is replaced. */
int loop_listen(struct store *s, const char *path);
int loop_watch_backend(struct store *s);
void loop_run(struct store *s); /* until SIGTERM or SIGINT */

/* socket.c: fd passes to the connection. */
struct conn *socket_open(struct store *s, int fd);

#endif
