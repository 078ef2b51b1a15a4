/* SPDX-License-Identifier: GPL-2.0-only */
/* console.h: our terminal on a domain's console. */
#ifndef XM_CONSOLE_H
#define XM_CONSOLE_H

#include <stdbool.h>

struct rpc;

struct console_want {
	int number;
	bool readonly, takeover;
	bool ended;		/* if the domain is no more, the end of its log will do */
	const char *scrollback;	/* how much of it: lines, or KiB with a k behind; NULL: all there is */
};

/* Attaches a connection of its own; says so if somebody else writes. An exit code. *ret_ended: there is
 * only its log. */
int console_attach(const char *domain, const struct console_want *want, struct rpc **ret_rpc, bool *ret_ended);
/* Until the domain is gone, Ctrl-] is typed, or a signal. Takes rpc. An exit code. */
int console_run(struct rpc *rpc, const char *domain, bool quiet);

#endif
