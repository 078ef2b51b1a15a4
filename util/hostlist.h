/* SPDX-License-Identifier: GPL-2.0-only */
/* hostlist.h: lists of addresses and networks, as in "10.0.0.7, 192.168.1.0/24 fe80::1". */
#ifndef UTIL_HOSTLIST_H
#define UTIL_HOSTLIST_H

#include <stdbool.h>
#include <sys/socket.h>

/* The first word that is no address, by its length, or NULL: all are. */
const char *hostlist_bad(const char *list, int *ret_len);
bool hostlist_has(const char *list, const struct sockaddr *sa);	/* list may be NULL */

#endif
