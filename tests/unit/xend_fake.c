/* SPDX-License-Identifier: GPL-2.0-only */
/* xend_fake.c: what is behind xend's seam in its tests: domains here, the rest in
 * xend_fake_{host,ring,devices,store}.c. */
#include "tests/unit/xend_fake_private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

struct fake_shared *fake;
struct backend *the_be;

int step(const char *name)
{
	unsigned int n = __atomic_add_fetch(&fake->calls, 1, __ATOMIC_SEQ_CST);

	if (n != fake->fail_at)
		return 0;
	snprintf(fake->failed, sizeof(fake->failed), "%s", name);
	return -EIO;
}

/* ---- domains ------------------------------------------------------------------------------------- */

struct fake_domain *fake_find(uint32_t domid)
{
	for (int i = 0; i < FAKE_DOMAINS; i++)
		if (fake->doms[i].used && fake->doms[i].domid == domid)
			return &fake->doms[i];
	return NULL;
}

unsigned int fake_domains(void)
{
	unsigned int n = 0;

	for (int i = 1; i < FAKE_DOMAINS; i++)
		n += fake->doms[i].used;
	return n;
}

void fake_shutdown(uint32_t domid, unsigned int code)
{
	struct fake_domain *f = fake_find(domid);

	f->shutdown = true;
	f->code = code;
	if (the_be && fake_store_is_up)
		the_be->fn(the_be->arg, BE_DOMAINS_CHANGED);
}

int f_list(struct backend *be, uint32_t first, struct hv_dominfo *buf, unsigned int max)
{
	unsigned int n = 0;

	fake->lists++;
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

int f_vcpu(struct backend *be, uint32_t domid, unsigned int vcpu, struct hv_vcpuinfo *v)
{
	*v = (struct hv_vcpuinfo){ .online = true, .cpu = 1, .hard = fake_find(domid)->hard[vcpu],
		.soft = fake_find(domid)->soft[vcpu] };
	return 0;
}

int f_create(struct backend *be, const uint8_t uuid[16], unsigned int vcpus, uint32_t *ret)
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

int f_set_maxmem(struct backend *be, uint32_t domid, uint64_t kib)
{
	fake_find(domid)->maxmem_kib = kib;
	return step("set_maxmem");
}

int f_set_platform(struct backend *be, uint32_t domid, unsigned int tsc_mode)
{
	return step("set_platform");
}

int f_set_uuid(struct backend *be, uint32_t domid, const uint8_t uuid[16])
{
	memcpy(fake_find(domid)->uuid, uuid, 16);
	return step("set_uuid");
}

int f_alloc_port(struct backend *be, uint32_t domid, uint32_t *ret_port)
{
	int rc = step("alloc_port");

	if (!rc)
		*ret_port = ++fake_find(domid)->ports;
	return rc;
}

int f_pause(struct backend *be, uint32_t domid)
{
	fake_find(domid)->paused = true;
	return 0;
}

int f_unpause(struct backend *be, uint32_t domid)
{
	int rc = step("unpause");

	if (!rc)
		fake_find(domid)->paused = false;
	return rc;
}

int f_build(struct backend *be, const struct hv_build *build, hv_progress_fn *progress,
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

int f_dump(struct backend *be, uint32_t domid, int fd, hv_progress_fn *progress, void *arg,
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

int f_destroy(struct backend *be, uint32_t domid)
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

/* Rounds until the caller has enough. */
static int save_live(uint32_t domid, const struct hv_stream *stream, char *why, size_t size)
{
	static char record[8];
	struct iovec iov = { record, sizeof(record) };
	struct hv_round r = { .pages = 100, .data_pages = 60, .dirty = 10 };
	int rc = fake->no_live ? -EOPNOTSUPP : 0;

	if (rc)
		snprintf(why, size, "no log-dirty mode");
	else
		fake_find(domid)->live = true;
	while (!rc && fake->many_rounds) {
		usleep(1000);
		rc = stream->put(stream->opaque, &iov, 1);
	}
	for (; !rc; r.number++)
		rc = stream->round(stream->opaque, &r);
	return rc < 0 ? rc : stream->suspend(stream->opaque);
}

int f_save(struct backend *be, uint32_t domid, const struct hv_stream *stream,
	hv_progress_fn *progress, void *arg, struct hv_saved *ret_saved, char *why, size_t size)
{
	static char headers[40], record[] = "\0\0\0\0\0\0\0";
	struct iovec iov[] = { { headers, sizeof(headers) }, { record, sizeof(record) } };
	int rc = step("save");
	bool hang = fake->hang_build;

	__atomic_add_fetch(&fake->building, 1, __ATOMIC_SEQ_CST);
	progress(arg, "saving memory", 50);
	while (hang)
		pause();
	if (!rc)
		rc = stream->put(stream->opaque, &iov[0], 1);
	if (!rc && stream->round)
		rc = save_live(domid, stream, why, size);
	if (!rc)
		rc = stream->put(stream->opaque, &iov[1], 1);
	if (rc && !why[0])
		snprintf(why, size, "save: %s", strerror(-rc));
	*ret_saved = (struct hv_saved){ 100, 60, 40 };
	return rc;
}

int f_restore(struct backend *be, const struct hv_build *build,
	const struct hv_stream *stream, hv_progress_fn *progress, void *arg,
	struct hv_built *ret_built, char *why, size_t size)
{
	char headers[40], record[8];
	struct iovec iov[] = { { headers, sizeof(headers) }, { record, sizeof(record) } };
	int rc = step("restore");
	bool hang = fake->hang_build;

	__atomic_add_fetch(&fake->building, 1, __ATOMIC_SEQ_CST);
	progress(arg, "restoring memory", 50); /* wakes the test, too */
	while (hang)
		pause();
	for (int i = 0; i < 2 && !rc; i++) {
		rc = stream->get(stream->opaque, &iov[i], 1);
		if (!rc)
			rc = stream->check(stream->opaque);
	}
	if (rc) {
		snprintf(why, size, "restore: %s", stream->why(stream->opaque));
		return rc;
	}
	fake_find(build->domid)->built = true;
	*ret_built = (struct hv_built){ .store_mfn = 1000 + build->domid,
		.console_mfn = 2000 + build->domid };
	return 0;
}

int f_live_end(struct backend *be, uint32_t domid)
{
	fake_find(domid)->live = false;
	return 0;
}

int f_resume(struct backend *be, uint32_t domid)
{
	struct fake_domain *f = fake_find(domid);
	int rc = step("resume");

	if (!rc)
		f->shutdown = false;
	return rc;
}

/* ---- handle -------------------------------------------------------------------------------------- */

int f_open(struct event_base *base, backend_event_fn *fn, void *arg, struct backend **ret_be,
	char *why, size_t size)
{
	struct backend *be = calloc(1, sizeof(*be));

	be->fn = fn;
	be->arg = arg;
	be->over = event_new(base, -1, 0, f_store_over, be);
	be->efd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	the_be = be;
	*ret_be = be;
	fn(arg, BE_STORE_UP);
	return 0;
}

/* What the kernel does when a process ends, too: mappings and ports go. */
void f_close(struct backend *be)
{
	event_free(be->over);
	close(be->efd);
	free(be);
	the_be = NULL;
	fake_rings_let_go();
}

int f_worker_init(struct backend *be)
{
	return step("worker_init");
}

#define MEMBER(name) .name = f_##name,
const struct backend_ops backend_fake = { BACKEND_OPERATIONS(MEMBER) };

void fake_reset(void)
{
	if (!fake)
		fake = mmap(NULL, sizeof(*fake), PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	memset(fake, 0, sizeof(*fake));
	fake->free_kib = fake->dom0_kib = 1 << 20;
	fake->doms[0] = (struct fake_domain){ .used = true, .built = true, .vcpus = 2,	/* dom0 */
		.weight = 256, .maxmem_kib = 1 << 20 };
	fake->next_domid = 1;
	fake_store_reset();
	fake_rings_reset();
}
