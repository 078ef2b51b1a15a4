/* SPDX-License-Identifier: GPL-2.0-only */
/* xend_fake.c: the fake hypervisor, event channels and store behind xend's seam. */
#include "tests/unit/xend_fake.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include <xen/io/console.h>

struct node {
	TAILQ_ENTRY(node) link;
	char *path, *value;
};

struct backend {
	backend_event_fn *fn;
	void *arg;
	struct event *over;
	struct store_batch *queue[64];
	unsigned int queued;
	int efd;
};

struct fake_shared *fake;
static TAILQ_HEAD(, node) nodes = TAILQ_HEAD_INITIALIZER(nodes);
static struct backend *the_be;
static bool store_up = true;
static void *rings[64];			/* by domid */
static unsigned int mapped;
static struct {
	bool bound, pending;
	uint32_t domid;
} ports[FAKE_PORTS];

static int step(const char *name)
{
	unsigned int n = __atomic_add_fetch(&fake->calls, 1, __ATOMIC_SEQ_CST);

	if (n != fake->fail_at)
		return 0;
	snprintf(fake->failed, sizeof(fake->failed), "%s", name);
	return -EIO;
}

/* ---- hypervisor ---------------------------------------------------------------------------------- */

struct fake_domain *fake_find(uint32_t domid)
{
	for (int i = 0; i < FAKE_DOMAINS; i++)
		if (fake->doms[i].used && fake->doms[i].domid == domid)
			return &fake->doms[i];
	return NULL;
}

void fake_shutdown(uint32_t domid, unsigned int code)
{
	struct fake_domain *f = fake_find(domid);

	f->shutdown = true;
	f->code = code;
	if (the_be && store_up)
		the_be->fn(the_be->arg, BE_DOMAINS_CHANGED);
}

static int f_host(struct backend *be, struct hv_host *h)
{
	*h = (struct hv_host){ .total_kib = 4u << 20, .free_kib = fake->free_kib, .nr_cpus = 4 };
	return 0;
}

static int f_host_info(struct backend *be, struct json_object *into)
{
	json_object_object_add(into, "nr_cpus", json_object_new_int(4));
	json_object_object_add(into, "xen_commandline", json_object_new_string(fake->cmdline));
	return 0;
}

static int f_dmesg(struct backend *be, bool clear, char **ret_text)
{
	*ret_text = strdup("(XEN) hello \xff\n");
	return 0;
}

static int f_debug_keys(struct backend *be, const char *keys)
{
	return 0;
}

static int f_pool(struct backend *be, uint32_t id, struct hv_pool *ret_pool)
{
	if (id)
		return -ENOENT;
	*ret_pool = (struct hv_pool){ .domains = 1, .cpus.map = { 0xf }, .scheduler = "credit2",
		.ratelimit_us = fake->ratelimit_us };
	return 0;
}

static int f_set_pool(struct backend *be, const struct hv_pool *pool)
{
	if (pool->ratelimit_us > 500000)
		return -EINVAL;
	fake->ratelimit_us = pool->ratelimit_us;
	return 0;
}

static int f_list(struct backend *be, uint32_t first, struct hv_dominfo *buf, unsigned int max)
{
	unsigned int n = 0;

	for (uint32_t id = first; id < 64 && n < max; id++) {
		struct fake_domain *f = fake_find(id);

		if (!f)
			continue;
		buf[n] = (struct hv_dominfo){ .domid = id, .paused = f->paused,
			.shutdown = f->shutdown, .dying = f->dying, .shutdown_code = f->code,
			.tot_kib = !id ? fake->dom0_kib : f->built ? 65536 : 0, .max_kib = f->maxmem_kib,
			.vcpus_online = 1, .vcpus_max = f->vcpus };
		memcpy(buf[n++].uuid, f->uuid, 16);
	}
	return (int)n;
}

static int f_vcpu(struct backend *be, uint32_t domid, unsigned int vcpu, struct hv_vcpuinfo *v)
{
	*v = (struct hv_vcpuinfo){ .online = true, .cpu = 1, .hard = fake_find(domid)->hard[vcpu],
		.soft = fake_find(domid)->soft[vcpu] };
	return 0;
}

static int f_create(struct backend *be, const uint8_t uuid[16], unsigned int vcpus, uint32_t *ret)
{
	int rc = step("create");

	for (int i = 0; !rc && i < FAKE_DOMAINS; i++) {
		struct fake_domain *f = &fake->doms[i];

		if (f->used)
			continue;
		*f = (struct fake_domain){ .used = true, .paused = true,
			.domid = fake->next_domid++, .vcpus = vcpus, .weight = 256 };
		memset(f->hard, 0xff, sizeof(f->hard));
		memset(f->soft, 0xff, sizeof(f->soft));
		memcpy(f->uuid, uuid, 16);
		*ret = f->domid;
		return 0;
	}
	return rc ? rc : -ENOMEM;
}

static int f_set_maxmem(struct backend *be, uint32_t domid, uint64_t kib)
{
	fake_find(domid)->maxmem_kib = kib;
	return step("set_maxmem");
}

static int f_set_affinity(struct backend *be, uint32_t domid, unsigned int vcpu,
	const struct cpuset *hard, const struct cpuset *soft, bool force)
{
	struct fake_domain *f = fake_find(domid);
	int rc = f->pinned_itself && !force ? -EBUSY : step("set_affinity");

	if (!rc && hard)
		f->hard[vcpu] = *hard;
	if (!rc && soft)
		f->soft[vcpu] = *soft;
	return rc;
}

static int f_set_sched(struct backend *be, uint32_t domid, uint32_t pool, unsigned int weight,
	unsigned int cap)
{
	int rc = step("set_sched");

	if (!rc) {
		fake_find(domid)->weight = weight;
		fake_find(domid)->cap = cap;
	}
	return rc;
}

static int f_get_sched(struct backend *be, uint32_t domid, uint32_t pool, unsigned int *ret_weight,
	unsigned int *ret_cap)
{
	*ret_weight = fake_find(domid)->weight;
	*ret_cap = fake_find(domid)->cap;
	return 0;
}

static int f_trigger(struct backend *be, uint32_t domid, unsigned int trigger, unsigned int vcpu)
{
	if (trigger)
		return -ENOSYS;
	fake_find(domid)->trigger++;
	return 0;
}

static int f_set_platform(struct backend *be, uint32_t domid)
{
	return step("set_platform");
}

static int f_set_uuid(struct backend *be, uint32_t domid, const uint8_t uuid[16])
{
	memcpy(fake_find(domid)->uuid, uuid, 16);
	return step("set_uuid");
}

static int f_alloc_port(struct backend *be, uint32_t domid, uint32_t *ret_port)
{
	int rc = step("alloc_port");

	if (!rc)
		*ret_port = ++fake_find(domid)->ports;
	return rc;
}

static int f_pause(struct backend *be, uint32_t domid)
{
	fake_find(domid)->paused = true;
	return 0;
}

static int f_unpause(struct backend *be, uint32_t domid)
{
	int rc = step("unpause");

	if (!rc)
		fake_find(domid)->paused = false;
	return rc;
}

static int f_build(struct backend *be, const struct hv_build *build, hv_progress_fn *progress,
	void *arg, struct hv_built *ret_built, char *why, size_t size)
{
	int rc = step("build");
	bool hang = fake->hang_build; /* the test may change its mind once it hears of us */

	__atomic_add_fetch(&fake->building, 1, __ATOMIC_SEQ_CST);
	progress(arg, "kernel", 50);
	while (hang)
		pause();
	if (rc) {
		snprintf(why, size, "%s: not a kernel", build->kernel);
		return rc;
	}
	fake_find(build->domid)->built = true;
	*ret_built = (struct hv_built){ .store_mfn = 1000 + build->domid,
		.console_mfn = 2000 + build->domid };
	return 0;
}

static int f_dump(struct backend *be, uint32_t domid, int fd, hv_progress_fn *progress, void *arg,
	char *why, size_t size)
{
	int rc = step("dump");

	__atomic_add_fetch(&fake->building, 1, __ATOMIC_SEQ_CST);
	progress(arg, "memory", 50);
	while (fake->hang_build)
		pause();
	if (rc)
		snprintf(why, size, "no room");
	else if (write(fd, fake_find(domid)->paused ? "paused" : "running", 6) != 6)
		rc = -EIO;
	return rc;
}

static int f_destroy(struct backend *be, uint32_t domid)
{
	struct fake_domain *f = fake_find(domid);
	int rc = step("destroy");

	if (rc)
		return rc;
	if (!f)
		return -ESRCH;
	f->used = false;
	return 0;
}

/* ---- rings and event channels -------------------------------------------------------------------- */

struct xencons_interface *fake_ring(uint32_t domid)
{
	if (!rings[domid])
		rings[domid] = calloc(1, 4096);
	return rings[domid];
}

void fake_guest_raise(uint32_t domid)
{
	for (int i = 0; i < FAKE_PORTS; i++)
		if (ports[i].bound && ports[i].domid == domid)
			ports[i].pending = true;
	if (eventfd_write(the_be->efd, 1))
		abort();
}

void fake_guest_writes(uint32_t domid, const char *text)
{
	struct xencons_interface *r = fake_ring(domid);

	for (; *text; text++)
		r->out[r->out_prod++ % sizeof(r->out)] = *text;
	fake_guest_raise(domid);
}

static int f_ring_map(struct backend *be, uint32_t domid, uint64_t mfn, void **ret_page)
{
	int rc = step("ring_map");

	if (rc)
		return rc;
	*ret_page = fake_ring(domid);
	mapped++;
	return 0;
}

static void f_ring_unmap(struct backend *be, void *page)
{
	mapped--;
}

static int f_evtchn_fd(struct backend *be)
{
	return be->efd;
}

static int f_evtchn_bind(struct backend *be, uint32_t domid, uint32_t port, uint32_t *ret_local)
{
	int rc = step("evtchn_bind");

	for (uint32_t i = 0; !rc && i < FAKE_PORTS; i++) {
		if (ports[i].bound)
			continue;
		ports[i].bound = true;
		ports[i].pending = false;
		ports[i].domid = domid;
		*ret_local = i;
		return 0;
	}
	return rc ? rc : -ENOSPC;
}

static void f_evtchn_unbind(struct backend *be, uint32_t local)
{
	ports[local].bound = false;
}

static int f_evtchn_notify(struct backend *be, uint32_t local)
{
	return 0;
}

static int f_evtchn_next(struct backend *be, uint32_t *ret_local)
{
	eventfd_t v;

	for (uint32_t i = 0; i < FAKE_PORTS; i++) {
		if (!ports[i].bound || !ports[i].pending)
			continue;
		ports[i].pending = false;
		*ret_local = i;
		return 0;
	}
	eventfd_read(be->efd, &v);
	return -EAGAIN;
}

static int f_evtchn_unmask(struct backend *be, uint32_t local)
{
	return 0;
}

unsigned int fake_mapped(void)
{
	return mapped;
}

unsigned int fake_bound(void)
{
	unsigned int n = 0;

	for (int i = 0; i < FAKE_PORTS; i++)
		n += ports[i].bound;
	return n;
}

/* ---- disks --------------------------------------------------------------------------------------- */

/* The path tells what it is: the inode's number stands behind its last letter. */
static int f_disk_open(struct backend *be, const struct be_disk *disk, struct be_disk_open *ret_open,
	char *why, size_t size)
{
	int rc = step("disk_open");

	if (!rc && !strcmp(disk->path, "/nosuch"))
		rc = -ENOENT;
	for (int i = 0; !rc && i < FAKE_DISKS; i++) {
		struct fake_disk *d = &fake->disks[i];

		if (d->used)
			continue;
		d->used = true;
		snprintf(d->tag, sizeof(d->tag), "%s", disk->tag);
		snprintf(d->path, sizeof(d->path), "%s", disk->path);
		*ret_open = (struct be_disk_open){ .major = 7, .minor = (uint32_t)i, .dev = 1,
			.ino = (uint64_t)disk->path[strlen(disk->path) - 1] };
		return 0;
	}
	snprintf(why, size, "cannot open %s: %s", disk->path, strerror(-rc));
	return rc;
}

static int f_disk_close(struct backend *be, const char *tag, uint32_t domid, uint32_t devid, char *why,
	size_t size)
{
	int rc = step("disk_close");

	for (int i = 0; !rc && i < FAKE_DISKS; i++)
		if (!strcmp(fake->disks[i].tag, tag))
			fake->disks[i].used = false;
	if (rc)
		snprintf(why, size, "%s", strerror(-rc));
	return rc;
}

unsigned int fake_disks(void)
{
	unsigned int n = 0;

	for (int i = 0; i < FAKE_DISKS; i++)
		n += fake->disks[i].used;
	return n;
}

/* ---- networks ------------------------------------------------------------------------------------ */

unsigned int fake_vifs(void)
{
	unsigned int n = 0;

	for (int i = 0; i < FAKE_VIFS; i++)
		n += fake->vifs[i].used;
	return n;
}

struct fake_vif *fake_vif(const char *ifname)
{
	for (int i = 0; i < FAKE_VIFS; i++)
		if (fake->vifs[i].used && !strcmp(fake->vifs[i].ifname, ifname))
			return &fake->vifs[i];
	return NULL;
}

static void copy(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%s", from ? from : "");
}

static int f_vif_check(struct backend *be, const struct be_vif *vif, char *why, size_t size)
{
	int rc = step("vif_check");

	if (!rc && vif->bridge && !strcmp(vif->bridge, "nosuch"))
		rc = -ENODEV;
	if (rc)
		snprintf(why, size, "there is no bridge %s: %s", vif->bridge, strerror(-rc));
	fake->networks_up += !rc && vif->net;
	for (int i = 0; !rc && i < FAKE_VIFS; i++) {
		struct fake_vif *v = &fake->vifs[i];

		if (v->used)
			continue;
		*v = (struct fake_vif){ .used = true, .mode = vif->mode, .mtu = vif->mtu,
			.ours = vif->net != NULL };
		memcpy(v->mac, vif->mac, sizeof(v->mac));
		copy(v->tag, sizeof(v->tag), vif->tag);
		copy(v->ifname, sizeof(v->ifname), vif->ifname);
		copy(v->bridge, sizeof(v->bridge), vif->bridge);
		copy(v->ip, sizeof(v->ip), vif->ip);
		copy(v->script, sizeof(v->script), vif->script);
		copy(v->domain, sizeof(v->domain), vif->domain);
		break;
	}
	return rc;
}

static int f_vif_plug(struct backend *be, const struct be_vif *vif, char *why, size_t size)
{
	struct fake_vif *v = fake_vif(vif->ifname);
	int rc = step("vif_plug");

	while (fake->hang_plug)
		usleep(1000);
	if (!rc && v)
		v->plugged = true;
	if (rc)
		snprintf(why, size, "plug: %s", strerror(-rc));
	return rc;
}

static int f_vif_unplug(struct backend *be, const struct be_vif *vif, char *why, size_t size)
{
	fake->unplugs++;
	return step("vif_unplug");
}

static int f_vif_release(struct backend *be, const struct be_vif *vif, char *why, size_t size)
{
	int rc = step("vif_release");

	for (int i = 0; !rc && i < FAKE_VIFS; i++)
		if (!strcmp(fake->vifs[i].tag, vif->tag))
			fake->vifs[i].used = false;
	if (rc)
		snprintf(why, size, "%s", strerror(-rc));
	return rc;
}

static int f_network_up(struct backend *be, const struct be_network *net, char *why, size_t size)
{
	fake->networks_up++;
	return 0;
}

static int f_network_down(struct backend *be, const struct be_network *net, char *why, size_t size)
{
	fake->networks_down++;
	return 0;
}

/* ---- store --------------------------------------------------------------------------------------- */

static struct node *node_find(const char *path)
{
	struct node *n;

	TAILQ_FOREACH(n, &nodes, link)
		if (!strcmp(n->path, path))
			return n;
	return NULL;
}

const char *fake_store_get(const char *path)
{
	struct node *n = node_find(path);

	return n ? n->value : NULL;
}

void fake_store_set(const char *path, const char *value)
{
	struct node *n = node_find(path);

	if (!n) {
		n = calloc(1, sizeof(*n));
		n->path = strdup(path);
		TAILQ_INSERT_TAIL(&nodes, n, link);
	}
	free(n->value);
	n->value = strdup(value);
}

static void node_free(struct node *n)
{
	TAILQ_REMOVE(&nodes, n, link);
	free(n->path);
	free(n->value);
	free(n);
}

static void store_rm_tree(const char *path)
{
	struct node *n, *next;
	size_t len = strlen(path);

	for (n = TAILQ_FIRST(&nodes); n; n = next) {
		next = TAILQ_NEXT(n, link);
		if (!strncmp(n->path, path, len) && (!n->path[len] || n->path[len] == '/'))
			node_free(n);
	}
}

unsigned int fake_store_count(const char *prefix)
{
	struct node *n;
	unsigned int count = 0;

	TAILQ_FOREACH(n, &nodes, link)
		count += !strncmp(n->path, prefix, strlen(prefix));
	return count;
}

static void dom0_balloon(uint64_t target)
{
	uint64_t give = target < fake->dom0_kib ? fake->dom0_kib - target : 0;

	if (give > fake->dom0_gives_kib)
		give = fake->dom0_gives_kib;
	fake->dom0_gives_kib -= give;
	fake->dom0_kib -= give;
	fake->free_kib += give;
}

/* The names below path, each with its NUL. */
static void store_dir(struct store_op *op)
{
	size_t len = strlen(op->path), room = 4096, have;
	struct node *n;

	op->value = calloc(1, room);
	op->len = 0;
	TAILQ_FOREACH(n, &nodes, link) {
		const char *name = n->path + len + 1, *p = op->value;

		if (strncmp(n->path, op->path, len) || n->path[len] != '/')
			continue;
		have = strcspn(name, "/");
		while (p < op->value + op->len && (strncmp(p, name, have) || p[have]))
			p += strlen(p) + 1;
		if (p < op->value + op->len || op->len + have + 1 > room)
			continue;
		memcpy(op->value + op->len, name, have);
		op->len += have + 1;
	}
}

struct store_watch {
	TAILQ_ENTRY(store_watch) link;
	store_watch_fn *fn;
	void *arg;
	char *path, *seen;
	bool fresh;
};
static TAILQ_HEAD(, store_watch) watches = TAILQ_HEAD_INITIALIZER(watches);

static int f_watch(struct backend *be, const char *path, store_watch_fn *fn, void *arg,
	struct store_watch **ret_watch)
{
	struct store_watch *w = calloc(1, sizeof(*w));

	*w = (struct store_watch){ .fn = fn, .arg = arg, .path = strdup(path), .fresh = true };
	TAILQ_INSERT_TAIL(&watches, w, link);
	event_active(be->over, EV_TIMEOUT, 0);
	*ret_watch = w;
	return 0;
}

static void f_unwatch(struct backend *be, struct store_watch *w)
{
	TAILQ_REMOVE(&watches, w, link);
	free(w->path);
	free(w->seen);
	free(w);
}

unsigned int fake_watches(void)
{
	struct store_watch *w;
	unsigned int n = 0;

	TAILQ_FOREACH(w, &watches, link)
		n++;
	return n;
}

/* One watch whose node changed fires; true: look again. */
static bool watches_fire(void)
{
	struct store_watch *w;

	TAILQ_FOREACH(w, &watches, link) {
		const char *now = fake_store_get(w->path);

		if (!w->fresh && !strcmp(now ? now : "", w->seen ? w->seen : ""))
			continue;
		w->fresh = false;
		free(w->seen);
		w->seen = now ? strdup(now) : NULL;
		w->fn(w->arg);
		return true;
	}
	return false;
}

/* dom0's drivers look at their backends. */
static void driver_look(void)
{
	struct node *n;
	char path[256];

	TAILQ_FOREACH(n, &nodes, link) {
		size_t len = strlen(n->path);

		if (len < 34 || (strncmp(n->path, "/local/domain/0/backend/vbd/", 28) &&
			strncmp(n->path, "/local/domain/0/backend/vif/", 28)) ||
		    strcmp(n->path + len - 6, "/state") || fake->driver_silent)
			continue;
		if (!strcmp(n->value, "1") && fake->driver_fails) {
			snprintf(path, sizeof(path), "/local/domain/0/error/%.*s/error",
				(int)len - 6 - 16, n->path + 16);
			fake_store_set(path, "19 creating vbd structure");
			fake_store_set(n->path, "6");
		} else if (!strcmp(n->value, "1")) {
			fake_store_set(n->path, "2");
		} else if (!strcmp(n->value, "5") && !fake->guest_holds) {
			fake_store_set(n->path, "6");
		}
	}
}

void fake_guest_lets_go(void)
{
	fake->guest_holds = false;
	event_active(the_be->over, EV_TIMEOUT, 0);
}

static void store_run(struct store_batch *b)
{
	const char *value;

	for (size_t i = 0; i < b->count; i++) {
		struct store_op *op = &b->ops[i];

		if (op->kind == ST_WRITE && !strcmp(op->path, "/local/domain/0/memory/target"))
			dom0_balloon(strtoull(op->value, NULL, 10));
		if (op->kind == ST_WRITE)
			fake_store_set(op->path, op->value);
		if (op->kind == ST_RM)
			store_rm_tree(op->path);
		if (op->kind == ST_LIST)
			store_dir(op);
		if (op->kind == ST_READ && (value = fake_store_get(op->path)))
			op->value = strdup(value);
	}
}

static void store_over(evutil_socket_t fd, short what, void *arg)
{
	struct backend *be = arg;
	struct store_batch *b;
	int rc;

	while (be->queued) {
		b = be->queue[0];
		memmove(be->queue, be->queue + 1, --be->queued * sizeof(be->queue[0]));
		/* A read of other domains' names may come at any time: not one of the steps. */
		rc = b->ops[0].kind == ST_READ || b->ops[0].kind == ST_LIST ? 0 : step("store");
		if (!store_up)
			rc = -EPIPE;
		if (!rc)
			store_run(b);
		b->done(b->arg, rc, b);
	}
	driver_look();
	while (store_up && watches_fire())
		;
	if (be->queued)
		event_active(be->over, EV_TIMEOUT, 0);
}

static void f_store(struct backend *be, struct store_batch *b)
{
	if (be->queued == 64)
		abort();
	be->queue[be->queued++] = b;
	event_active(be->over, EV_TIMEOUT, 0);
}

static void f_store_stop(struct backend *be)
{
	struct store_batch *b;

	while (be->queued) {
		b = be->queue[--be->queued];
		b->done(b->arg, -ECANCELED, b);
	}
}

void fake_store_up(bool up)
{
	store_up = up;
	the_be->fn(the_be->arg, up ? BE_STORE_UP : BE_STORE_DOWN);
}

/* ---- handle -------------------------------------------------------------------------------------- */

static int f_open(struct event_base *base, backend_event_fn *fn, void *arg, struct backend **ret_be,
	char *why, size_t size)
{
	struct backend *be = calloc(1, sizeof(*be));

	be->fn = fn;
	be->arg = arg;
	be->over = event_new(base, -1, 0, store_over, be);
	be->efd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	the_be = be;
	*ret_be = be;
	fn(arg, BE_STORE_UP);
	return 0;
}

/* What the kernel does when a process ends, too: mappings and ports go. */
static void f_close(struct backend *be)
{
	event_free(be->over);
	close(be->efd);
	free(be);
	the_be = NULL;
	memset(ports, 0, sizeof(ports));
	mapped = 0;
}

static int f_worker_init(struct backend *be)
{
	return step("worker_init");
}

const struct backend_ops backend_fake = {
	.open = f_open, .close = f_close, .worker_init = f_worker_init,
	.host = f_host, .host_info = f_host_info, .dmesg = f_dmesg, .debug_keys = f_debug_keys,
	.pool = f_pool, .set_pool = f_set_pool, .get_sched = f_get_sched, .trigger = f_trigger,
	.list = f_list, .vcpu = f_vcpu, .create = f_create, .set_maxmem = f_set_maxmem,
	.set_affinity = f_set_affinity, .set_sched = f_set_sched, .set_platform = f_set_platform,
	.set_uuid = f_set_uuid, .alloc_port = f_alloc_port, .pause = f_pause,
	.unpause = f_unpause, .build = f_build, .dump = f_dump, .destroy = f_destroy, .ring_map = f_ring_map,
	.ring_unmap = f_ring_unmap, .evtchn_fd = f_evtchn_fd, .evtchn_bind = f_evtchn_bind,
	.evtchn_unbind = f_evtchn_unbind, .evtchn_notify = f_evtchn_notify,
	.evtchn_next = f_evtchn_next, .evtchn_unmask = f_evtchn_unmask, .store = f_store,
	.store_stop = f_store_stop, .disk_open = f_disk_open, .disk_close = f_disk_close,
	.vif_check = f_vif_check, .vif_plug = f_vif_plug, .vif_unplug = f_vif_unplug,
	.vif_release = f_vif_release, .network_up = f_network_up, .network_down = f_network_down,
	.watch = f_watch, .unwatch = f_unwatch,
};

static void fake_reset(void)
{
	if (!fake)
		fake = mmap(NULL, sizeof(*fake), PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	memset(fake, 0, sizeof(*fake));
	fake->free_kib = fake->dom0_kib = 1 << 20;
	fake->doms[0] = (struct fake_domain){ .used = true, .built = true, .vcpus = 2,	/* dom0 */
		.weight = 256, .maxmem_kib = 1 << 20 };
	fake->next_domid = 1;
	store_up = true;
	while (!TAILQ_EMPTY(&nodes))
		node_free(TAILQ_FIRST(&nodes));
	for (size_t i = 0; i < sizeof(rings) / sizeof(rings[0]); i++) {
		free(rings[i]);
		rings[i] = NULL;
	}
}

void xend_fake_reset(void);
void xend_fake_reset(void)
{
	fake_reset();
}
