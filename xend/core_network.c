/* SPDX-License-Identifier: GPL-2.0-only */
/* core_network.c: xend's own network, at its start and end. */
#include "xend/core.h"
#include "xend/worker.h"
#include "util/log.h"

#include <string.h>

static int network_work(void *arg, struct worker_out *out)
{
	struct core *core = arg;
	char why[400] = "";
	int rc = core->ops->network_up(core->be, &core->opt.network, why, sizeof(why));

	if (rc)
		worker_why(out, why);
	return rc;
}

static void network_done(void *arg, const struct worker_end *end)
{
	struct core *core = arg;

	core->network_worker = NULL;
	if (end->err)
		log_warn("network", "%s", end->text);
	else
		log_info("network", "%s is up, %s/%u", core->opt.network.bridge, core->opt.network.address,
			core->opt.network.bits);
}

void core_network_start(struct core *core)
{
	struct worker_job job = {
		.name = "network", .run = network_work, .run_arg = core, .done = network_done, .arg = core,
	};
	int rc;

	if (!core->opt.network.bridge || !core->opt.network_now)
		return;
	rc = worker_start(core->base, &job, &core->network_worker);
	if (rc)
		log_warn("network", "cannot start a worker process: %s", strerror(-rc));
}

void core_network_stop(struct core *core)
{
	char why[400] = "";

	worker_abandon(core->network_worker);
	core->network_worker = NULL;
	if (core->be && core->opt.network.bridge &&
	    core->ops->network_down(core->be, &core->opt.network, why, sizeof(why)))
		log_info("network", "%s: it stays", why);
}
