/* SPDX-License-Identifier: GPL-2.0-only */
/* progress.h: a creation's steps on the terminal while its answer is awaited. */
#ifndef XM_PROGRESS_H
#define XM_PROGRESS_H

#include <json.h>

struct rpc;

/* Like rpc_call(), and shows the progress of the domain of that name meanwhile, on standard output.
 * Without a second connection it just waits. */
int progress_call(struct rpc *rpc, const char *name, const char *method, struct json_object *params,
	struct json_object **ret_result);

/* The same, quietly if name is NULL; poked (or NULL) is called whenever a signal has come. */
int progress_call_poked(struct rpc *rpc, const char *name, const char *method, struct json_object *params,
	void (*poked)(void *arg), void *arg, struct json_object **ret_result);

#endif
