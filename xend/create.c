/* SPDX-License-Identifier: GPL-2.0-only */
/* create.c: making a domain, step by step.
 *
 * A step returns 0 (go on), -EINPROGRESS (create_continue() follows) or -Exxx with the reason in
 * d->fail. A failure, or a destroy meanwhile, ends in teardown, which undoes what there is. */
#include "xend/boot/pick.h"
#include "xend/device.h"
#include "xend/hvc.h"
#include "util/log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct create_step {
	const char *name;
	int (*run)(struct domain *d);
};

static int fail(struct domain *d, int err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static int fail(struct domain *d, int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(d->fail, sizeof(d->fail), fmt, ap);
	va_end(ap);
	return err;
}

static int step_consoles(struct domain *d)
{
	char why[sizeof(d->fail) - 64];
	int rc = hvcs_open(d, false, why, sizeof(why));

	return rc ? fail(d, rc, "%s", why) : 0;
}

static int fail_state(struct domain *d, int rc)
{
	return fail(d, rc, "cannot write its state file in %s/running: %s", d->core->opt.state_dir, strerror(-rc));
}

static int step_allocate(struct domain *d)
{
	int rc;

	/* First the file: a domain that the file does not know would be lost by kill -9 here. */
	rc = state_save(d, STATE_BUILDING);
	if (rc)
		return fail_state(d, rc);
	rc = d->core->ops->create(d->core->be, d->uuid, (unsigned int)d->cfg.maxvcpus, &d->domid);
	if (rc)
		return fail(d, rc, "the hypervisor refuses a new domain: %s", strerror(-rc));
	d->exists = true;
	console_begin(d->console);
	rc = state_save(d, STATE_BUILDING);
	if (rc)
		return fail_state(d, rc);
	return 0;
}

static int set_affinities(struct domain *d)
{
	struct cpuset hard, soft;

	for (unsigned int v = 0; v < d->cfg.maxvcpus; v++) {
		bool h = config_cpus_of(d->cfg.cpus, v, &hard);
		bool s = config_cpus_of(d->cfg.cpus_soft, v, &soft);
		int rc = !h && !s ? 0 : d->core->ops->set_affinity(d->core->be, d->domid, v,
			h ? &hard : NULL, s ? &soft : NULL, false);

		if (rc)
			return fail(d, rc, "cpus=%s, cpus_soft=%s for vcpu %u: %s",
				json_object_get_string(d->cfg.cpus),
				json_object_get_string(d->cfg.cpus_soft), v,
				rc == -EINVAL ? "this machine has none of these CPUs" : strerror(-rc));
	}
	return 0;
}

static int step_limits(struct domain *d)
{
	const struct backend_ops *ops = d->core->ops;
	struct backend *be = d->core->be;
	uint64_t kib = ((uint64_t)d->cfg.maxmem_mib << 10) + MAXMEM_SLACK_KIB;
	int rc = ops->set_maxmem(be, d->domid, kib);

	if (rc)
		return fail(d, rc, "maximum memory of %llu KiB: %s", (unsigned long long)kib,
			strerror(-rc));
	rc = set_affinities(d);
	if (rc)
		return rc;
	if (d->cfg.cpu_weight != 256 || d->cfg.cpu_cap)	/* else what a new domain has */
		rc = ops->set_sched(be, d->domid, 0, (unsigned int)d->cfg.cpu_weight,
			(unsigned int)d->cfg.cpu_cap);
	if (rc)
		return fail(d, rc, "cpu_weight %d, cpu_cap %d: %s", (int)d->cfg.cpu_weight,
			(int)d->cfg.cpu_cap, strerror(-rc));
	rc = ops->set_platform(be, d->domid, (unsigned int)d->cfg.tsc_mode);
	if (rc)
		return fail(d, rc, "time stamp counter and CPU policy: %s", strerror(-rc));
	return 0;
}

static int step_ports(struct domain *d)
{
	int rc = d->core->ops->alloc_port(d->core->be, d->domid, &d->store_port);

	if (!rc)
		rc = d->core->ops->alloc_port(d->core->be, d->domid, &d->console_port);
	if (rc)
		return fail(d, rc, "no event channel: %s", strerror(-rc));
	return 0;
}

static void build_report(void *arg, const char *step, int percent)
{
	worker_progress(arg, step, percent);
}

/* The disk with the guest's own kernel. */
static int boot_source(struct domain *d, struct disk_spec *disk, struct hv_boot *boot, struct boot_want *want,
	char *why, size_t size)
{
	int rc = config_boot_disk(&d->cfg, disk, why, size);

	boot->path = disk->path;
	boot->backing = disk->backing;
	return rc ? rc : config_boot_words(&d->cfg, want, &boot->args, why, size);
}

static int build_child(void *arg, struct worker_out *out)
{
	struct domain *d = arg;
	struct hv_build build = {
		.domid = d->domid,
		.name = d->cfg.name,
		.kernel = d->cfg.kernel,
		.ramdisk = d->cfg.ramdisk,
		.cmdline = d->cfg.cmdline,
		.memory_kib = (uint64_t)d->cfg.memory_mib << 10,
		.maxmem_kib = (uint64_t)d->cfg.maxmem_mib << 10,
		.vcpus = (unsigned int)d->cfg.maxvcpus,
		.store_port = d->store_port,
		.console_port = d->console_port,
	};
	struct hv_built built;
	struct disk_spec disk = { 0 };
	struct boot_want want;
	struct hv_boot boot = { .want = &want };
	char why[600] = "";
	int rc = d->core->ops->worker_init(d->core->be);

	if (!rc && d->cfg.bootloader) {
		rc = boot_source(d, &disk, &boot, &want, why, sizeof(why));
		build.boot = &boot;
	}
	if (!rc)
		rc = d->core->ops->build(d->core->be, &build, build_report, out, &built, why,
			sizeof(why));
	if (rc) {
		if (why[0])
			worker_why(out, why);
		return rc;
	}
	worker_result(out, 0, built.store_mfn);
	worker_result(out, 1, built.console_mfn);
	return 0;
}

static void build_done(void *arg, const struct worker_end *end)
{
	struct domain *d = arg;

	d->worker = NULL;
	if (d->restore_fd >= 0)
		close(d->restore_fd);
	d->restore_fd = -1;	/* a restart is a new build */
	if (d->state == DOM_TEARDOWN) {
		teardown_advance(d);
		return;
	}
	if (end->err) {
		create_continue(d, fail(d, end->err, "%s", end->text));
		return;
	}
	d->built.store_mfn = end->results[0];
	d->built.console_mfn = end->results[1];
	create_continue(d, 0);
}

static int step_build(struct domain *d)
{
	struct worker_job job = {
		.name = d->cfg.name, .run = build_child, .run_arg = d,
		.progress = domain_progress, .done = build_done, .arg = d,
	};
	int rc;

	receive_building(d);
	if (d->restore_fd >= 0) {
		job.run = restore_child;
		job.keep_fd = d->restore_fd;
	}
	rc = worker_start(d->core->base, &job, &d->worker);
	if (rc)
		return fail(d, rc, "cannot start a worker process: %s", strerror(-rc));
	return -EINPROGRESS;
}

static void store_done(void *arg, int err, struct store_batch *b)
{
	struct domain *d = arg;

	d->store_busy = false;
	if (d->core->exiting)
		;
	else if (d->state == DOM_TEARDOWN)
		teardown_advance(d);
	else if (err)
		create_continue(d, fail(d, err, "%s: %s", store_batch_what(b), strerror(-err)));
	else
		create_continue(d, 0);
	store_batch_free(b);
}

static int store_step(struct domain *d, bool txn, void (*fill)(struct store_batch *,
	const struct domain *))
{
	struct store_batch *b = store_batch_new(txn, store_done, d);

	if (!b)
		return fail(d, -ENOMEM, "out of memory");
	fill(b, d);
	d->store_busy = true;
	d->nodes = true;
	d->core->ops->store(d->core->be, b);
	return -EINPROGRESS;
}

static int step_nodes(struct domain *d)
{
	d->start_time = time(NULL);
	return store_step(d, true, nodes_write);
}

static void fill_introduce(struct store_batch *b, const struct domain *d)
{
	store_introduce(b, d->domid, d->built.store_mfn, d->store_port);
}

static int step_introduce(struct domain *d)
{
	return store_step(d, false, fill_introduce);
}

static int step_console(struct domain *d)
{
	int rc = console_connect(d->console, d->domid, d->built.console_mfn, d->console_port);

	if (rc)
		return fail(d, rc, "cannot map the console ring: %s", strerror(-rc));
	rc = hvcs_start(d);
	if (rc)
		return fail(d, rc, "cannot watch the store: %s", strerror(-rc));
	return 0;
}

static int step_unpause(struct domain *d)
{
	int rc = receive_promise(d);

	if (rc)
		return fail(d, rc, "cannot write the state file: %s", strerror(-rc));
	rc = d->start_paused ? 0 : d->core->ops->unpause(d->core->be, d->domid);
	if (rc)
		return fail(d, rc, "unpause: %s", strerror(-rc));
	d->taking = false;
	rc = state_save(d, STATE_RUNNING);
	if (rc && !d->incoming)		/* its old host knows that it runs here */
		return fail_state(d, rc);
	return 0;
}

/* The backends read the nodes that the last step wrote; the guest finds its devices when it starts. */
static int step_devices(struct domain *d)
{
	return devices_start(d);
}

static int step_late_devices(struct domain *d)
{
	return devices_start_late(d);
}

void create_devices_done(struct domain *d, int err, const char *why)
{
	create_continue(d, err ? fail(d, err, "%s", why) : 0);
}

/* One that comes from another host starts when that host lets go of it. */
static int step_take(struct domain *d)
{
	return receive_ready(d);
}

void create_lost(struct domain *d, int err, const char *why)
{
	create_continue(d, fail(d, err, "%s", why));
}

static const struct create_step create_steps[] = {
	{ "consoles", step_consoles },
	{ "making room", memory_room },
	{ "allocating", step_allocate },
	{ "setting limits", step_limits },
	{ "event channels", step_ports },
	{ "building", step_build },
	{ "store nodes", step_nodes },
	{ "devices", step_devices },
	{ "introducing to the store", step_introduce },
	{ "console", step_console },
	{ "taking over", step_take },
	{ "its images", step_late_devices },
	{ "starting", step_unpause },
};
#define STEP_COUNT (sizeof(create_steps) / sizeof(create_steps[0]))

static void create_failed(struct domain *d, int err)
{
	char text[sizeof(d->fail)];

	snprintf(text, sizeof(text), "%s: %.440s", create_steps[d->step].name, d->fail);
	memcpy(d->fail, text, sizeof(text));
	d->fail_err = err;
	log_warn("create", "%s: %s", d->cfg.name, d->fail);
	receive_failed(d, err, d->fail);
	teardown_start(d);
}

static void create_finished(struct domain *d)
{
	struct rpc_call *call = d->creator;
	struct hv_dominfo info;
	bool live = core_getinfo(d->core, d->domid, &info) == 0;

	d->state = DOM_RUNNING;
	suspend_resumed(d, true);
	log_info("create", "%s: domain %u %s", d->cfg.name, d->domid,
		d->restarting ? "restarted" : d->start_paused ? "created, paused" : "started");
	event_emit(d->core, d->restarting ? "domain.rebooted" : "domain.created", d, NULL);
	if (!d->start_paused)
		event_emit(d->core, "domain.started", d, NULL);
	d->creator = NULL;
	receive_started(d);
	if (call)
		rpc_result(call, describe_domain(d->core, live ? &info : NULL, d, NULL));
	waiters_done(&d->shutdowners, 0, d->cfg.name, NULL);
	/* It may have shut down already, and the event for it may have come too early. */
	event_active(d->core->scan_event, EV_TIMEOUT, 0);
}

static void create_advance(struct domain *d)
{
	int rc = 0;

	for (; d->step < STEP_COUNT; d->step++) {
		rc = create_steps[d->step].run(d);
		if (rc)
			break;
	}
	if (rc == -EINPROGRESS)
		return;
	if (rc)
		create_failed(d, rc);
	else
		create_finished(d);
}

void create_continue(struct domain *d, int err)
{
	if (err) {
		create_failed(d, err);
		return;
	}
	d->step++;
	create_advance(d);
}

void create_start(struct domain *d)
{
	d->state = DOM_CREATING;
	d->step = 0;
	d->admin_paused = d->dump_paused = false;
	d->fail_err = 0;
	create_advance(d);
}
