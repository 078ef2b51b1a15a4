/* SPDX-License-Identifier: GPL-2.0-only */
/* xend_fake_ring.c: console rings that guests write to, and event channels. */
#include "tests/unit/xend_fake_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

#include <xen/io/console.h>

static void *rings[64];			/* by domid */
static unsigned int mapped;
static struct {
	bool bound, pending;
	uint32_t domid, port;
} ports[FAKE_PORTS];
static struct {
	uint32_t domid, ref;
	void *page;
} grants[32];				/* rings that guests granted */

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

int f_ring_map(struct backend *be, uint32_t domid, uint64_t mfn, void **ret_page)
{
	int rc = step("ring_map");

	if (rc)
		return rc;
	*ret_page = fake_ring(domid);
	mapped++;
	return 0;
}

struct xencons_interface *fake_grant(uint32_t domid, uint32_t ref)
{
	size_t i;

	for (i = 0; i < sizeof(grants) / sizeof(grants[0]) && grants[i].page; i++)
		if (grants[i].domid == domid && grants[i].ref == ref)
			return grants[i].page;
	if (i == sizeof(grants) / sizeof(grants[0]))
		abort();
	grants[i].domid = domid;
	grants[i].ref = ref;
	grants[i].page = calloc(1, 4096);
	return grants[i].page;
}

int f_ring_grant(struct backend *be, uint32_t domid, uint32_t ref, void **ret_page)
{
	int rc = step("ring_grant");

	for (size_t i = 0; !rc && i < sizeof(grants) / sizeof(grants[0]); i++) {
		if (!grants[i].page || grants[i].domid != domid || grants[i].ref != ref)
			continue;
		*ret_page = grants[i].page;
		mapped++;
		return 0;
	}
	return rc ? rc : -EINVAL;
}

void f_ring_unmap(struct backend *be, void *page)
{
	mapped--;
}

int f_evtchn_fd(struct backend *be)
{
	return be->efd;
}

int f_evtchn_bind(struct backend *be, uint32_t domid, uint32_t port, uint32_t *ret_local)
{
	int rc = step("evtchn_bind");

	for (uint32_t i = 0; i < FAKE_PORTS; i++)
		if (port >= 4096 || (ports[i].bound && ports[i].domid == domid && ports[i].port == port))
			return -EINVAL;
	for (uint32_t i = 0; !rc && i < FAKE_PORTS; i++) {
		if (ports[i].bound)
			continue;
		ports[i].bound = true;
		ports[i].pending = false;
		ports[i].domid = domid;
		ports[i].port = port;
		*ret_local = i;
		return 0;
	}
	return rc ? rc : -ENOSPC;
}

void f_evtchn_unbind(struct backend *be, uint32_t local)
{
	ports[local].bound = false;
}

int f_evtchn_notify(struct backend *be, uint32_t local)
{
	return 0;
}

int f_evtchn_next(struct backend *be, uint32_t *ret_local)
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

int f_evtchn_unmask(struct backend *be, uint32_t local)
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

/* As when a process ends: mappings and ports go. */
void fake_rings_let_go(void)
{
	memset(ports, 0, sizeof(ports));
	mapped = 0;
}

void fake_rings_reset(void)
{
	for (size_t i = 0; i < sizeof(grants) / sizeof(grants[0]); i++) {
		free(grants[i].page);
		grants[i].page = NULL;
	}
	for (size_t i = 0; i < sizeof(rings) / sizeof(rings[0]); i++) {
		free(rings[i]);
		rings[i] = NULL;
	}
}
