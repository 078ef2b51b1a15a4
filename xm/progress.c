/* SPDX-License-Identifier: GPL-2.0-only */
/* progress.c: events on a second connection, in one line that is overwritten and then wiped. */
#include "xm/progress.h"
#include "xm/rpc.h"
#include "xm/xm.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

static void show(const char *name, struct json_object *event)
{
	if (strcmp(xm_string(event, "type", ""), "domain.progress") ||
	    strcmp(xm_string(event, "domain", ""), name))
		return;
	printf("\r\033[K%.64s: %.64s %3lld%%", name, xm_string(event, "step", ""),
		(long long)xm_int(event, "percent", 0));
	fflush(stdout);
}

static struct rpc *subscribe(void)
{
	struct json_object *result = NULL;
	struct rpc *events;

	if (rpc_open(&events))
		return NULL;
	if (rpc_call(events, "events.subscribe", NULL, &result)) {
		rpc_close(events);
		return NULL;
	}
	json_object_put(result);
	return events;
}

/* Shows events (if there is a connection for them) until an answer is there to be read. */
static void watch(struct rpc *rpc, struct rpc *events, const char *name, void (*poked)(void *arg), void *arg)
{
	struct rpc_message m;

	while (!rpc_pending(rpc)) {
		struct pollfd p[] = {
			{ .fd = rpc_fd(rpc), .events = POLLIN },
			{ .fd = events ? rpc_fd(events) : -1, .events = POLLIN },
		};

		if (!(events && rpc_pending(events)) && poll(p, 2, -1) < 0) {
			if (errno != EINTR)
				return;
			if (poked)
				poked(arg);
			continue;
		}
		if (p[0].revents)
			return;		/* rpc_receive() reads the rest of the line */
		if (!events || (!p[1].revents && !rpc_pending(events)))
			continue;
		if (rpc_receive(events, &m))
			return;
		show(name, m.body);
		json_object_put(m.body);
	}
}

int progress_call_poked(struct rpc *rpc, const char *name, const char *method, struct json_object *params,
	void (*poked)(void *arg), void *arg, struct json_object **ret_result)
{
	struct rpc *events = name ? subscribe() : NULL;
	struct rpc_message m;
	int64_t id;
	int rc;

	if (!events && !poked)
		return rpc_call(rpc, method, params, ret_result);
	rc = rpc_send(rpc, method, params, &id);
	if (!rc)
		watch(rpc, events, name, poked, arg);
	if (events) {
		printf("\r\033[K");
		fflush(stdout);
		rpc_close(events);
	}
	if (!rc)
		rc = rpc_receive(rpc, &m);
	if (rc)
		return rc;
	if (m.error.code) {
		rpc_set_error(rpc, &m.error);
		return -EREMOTEIO;
	}
	*ret_result = m.body;
	return 0;
}

int progress_call(struct rpc *rpc, const char *name, const char *method, struct json_object *params,
	struct json_object **ret_result)
{
	return progress_call_poked(rpc, name, method, params, NULL, NULL, ret_result);
}
