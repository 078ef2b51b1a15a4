/* SPDX-License-Identifier: GPL-2.0-only */
/* console.h: our terminal on a domain's console. */
#ifndef XM_CONSOLE_H
#define XM_CONSOLE_H

#include <stdbool.h>

struct rpc;

/* Attaches a connection of its own, from the start of the log's tail. An exit code. */
int console_attach(const char *domain, struct rpc **ret_rpc);
/* Until the domain is gone, Ctrl-] is typed, or a signal. Takes rpc. An exit code. */
int console_run(struct rpc *rpc, const char *domain, bool quiet);

#endif
