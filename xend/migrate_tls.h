/* SPDX-License-Identifier: GPL-2.0-only */
/* migrate_tls.h: TLS between two hosts, by a process of its own, xend-tls(8), that has the connection on one side
 * and a plain socket on the other. What goes wrong there comes as a line with an error. */
#ifndef XEND_MIGRATE_TLS_H
#define XEND_MIGRATE_TLS_H

#include "xend/migrate.h"

bool tls_available(const char *dir);	/* is there a certificate? */
/* As a client of `host`, over *fd, which is replaced by the plain end. */
int tls_start(const struct migrate_options *opt, const char *host, int *fd);
/* As a server; fd stays the caller's. */
int tls_accept(const struct migrate_options *opt, int fd, int *ret_plain);

#endif
