/* SPDX-License-Identifier: GPL-2.0-only */
/* api.h: the methods' handlers, for the table in api.c, and what they share. */
#ifndef XEND_API_H
#define XEND_API_H

#include "xend/domain.h"

typedef void api_fn(struct rpc_call *call, struct json_object *params);

api_fn api_version, api_host_info, api_host_dmesg, api_host_debug_keys;
api_fn api_create;
api_fn api_list, api_info, api_vcpus;
api_fn api_pause, api_unpause, api_destroy, api_shutdown, api_rename;
api_fn api_console_attach, api_events_subscribe;

/* Optional parameters; the table's row has checked their types. */
bool param_bool(struct json_object *params, const char *name);
const char *param_string(struct json_object *params, const char *name);	/* NULL: not given */

/* The domain of the "domain" parameter; on failure the call has been answered. */
int api_target(struct rpc_call *call, struct json_object *params, struct domain_ref *ret_ref);
/* As above, and it must be one of ours, and running (not being built or destroyed). */
int api_own_target(struct rpc_call *call, struct json_object *params, struct domain_ref *ret_ref);
/* May the caller see this domain? */
bool api_may_see(struct rpc_call *call, const struct domain *d);

#endif
