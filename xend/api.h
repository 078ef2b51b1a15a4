/* SPDX-License-Identifier: GPL-2.0-only */
/* api.h: the methods' handlers, for the table in api.c, and what they share. */
#ifndef XEND_API_H
#define XEND_API_H

#include "xend/domain.h"

typedef void api_fn(struct rpc_call *call, struct json_object *params);

api_fn api_version, api_host_info, api_host_dmesg, api_host_debug_keys;
api_fn api_host_pools, api_host_set_scheduler;
api_fn api_create, api_restore, api_save, api_suspend, api_resume, api_suspended, api_delete;
api_fn api_migrate, api_migrate_cancel, api_receive;
api_fn api_list, api_info, api_vcpus, api_sched;
api_fn api_pause, api_unpause, api_destroy, api_shutdown, api_rename;
api_fn api_set_vcpus, api_pin, api_set_memory, api_set_maxmem, api_set_sched;
api_fn api_sysrq, api_trigger, api_dump_core;
api_fn api_device_attach, api_device_detach, api_device_list, api_device_resize;
api_fn api_image_create, api_image_clone, api_image_list, api_image_delete;
api_fn api_console_attach, api_console_list, api_events_subscribe;

/* Optional parameters; the table's row has checked their types. */
bool param_bool(struct json_object *params, const char *name);
const char *param_string(struct json_object *params, const char *name);	/* NULL: not given */
int64_t param_int(struct json_object *params, const char *name, int64_t otherwise);

/* The domain of the "domain" parameter; on failure the call has been answered. */
int api_target(struct rpc_call *call, struct json_object *params, struct domain_ref *ret_ref);
/* As above, and it must be one of ours, and running (not being built or destroyed). */
int api_own_target(struct rpc_call *call, struct json_object *params, struct domain_ref *ret_ref);
/* As api_target(), and the hypervisor has it, whoever made it, and it is not on its way in or out. */
int api_live_target(struct rpc_call *call, struct json_object *params, struct domain_ref *ret_ref);
/* A list with a row for each domain of the "domains" parameter, or all that the caller may see. */
typedef struct json_object *list_row_fn(struct core *core, const struct hv_dominfo *info,
	struct domain *d, const struct foreign *f);
void api_rows(struct rpc_call *call, struct json_object *params, list_row_fn *row);
/* A copy of a descriptor of the caller's process, or -Exxx. */
int api_peer_fd(struct rpc_call *call, int64_t fd);
/* A domain that create_start() restores from @fd, which is taken over (-Exxx: there is none). NULL:
 * the call has been answered. */
struct domain *api_restore_new(struct rpc_call *call, struct json_object *config, int fd, int format);
/* As api_own_target(), and it can be asked to suspend itself; doing: what for, in the refusal. */
int api_save_target(struct rpc_call *call, struct json_object *params, const char *doing,
	struct domain_ref *ret_ref);
/* api_create.c: can this configuration become a domain here? 0, or the code for an error and its words. */
int create_verify(struct core *core, struct json_object *json, bool restore, struct dom_config *ret_config,
	enum rpc_code *ret_code, char *why, size_t size);
/* May the caller see this domain? */
bool api_may_see(struct rpc_call *call, const struct domain *d);

#endif
