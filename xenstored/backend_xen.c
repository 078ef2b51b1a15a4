/* SPDX-License-Identifier: GPL-2.0-only */
/* backend_xen.c: the hypervisor through libxenctrl. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "util/log.h"
#include "xenctrl.h"
#include "xenstored/backend.h"
#include "xenstored/mem.h"

#define STORE_GRANT 1 /* GNTTAB_RESERVED_XENSTORE */
#define PAGE_BYTES  4096

static const char kva_path[] = "/proc/xen/xsd_kva";
static const char port_path[] = "/proc/xen/xsd_port";

/* How a ring was mapped decides how it is unmapped. */
enum map_kind { MAP_GRANT, MAP_FOREIGN, MAP_OWN };

struct map {
	struct map *next;
	void *page;
	enum map_kind kind;
};

struct xen {
	struct xc_interface *xch;
	struct xc_evtchn *evtchn;
	struct xc_gntdev *gntdev; /* NULL: frames are mapped instead */
	uint32_t virq_port;
	struct map *maps;
};

static void xen_close(void *b)
{
	struct xen *x = b;

	xc_evtchn_close(x->evtchn);
	xc_gntdev_close(x->gntdev);
	xc_interface_close(x->xch);
	free(x);
}

static void remember(struct xen *x, void *page, enum map_kind kind)
{
	struct map *m = mem_zalloc(sizeof(*m));

	m->page = page;
	m->kind = kind;
	m->next = x->maps;
	x->maps = m;
}

static int xen_map_ring(void *b, uint32_t domid, uint64_t gfn,
			struct xenstore_domain_interface **ret_ring)
{
	uint32_t ref = STORE_GRANT;
	struct xen *x = b;
	xen_pfn_t frame = gfn;
	void *page = NULL;

	if (x->gntdev) {
		page = xc_gntdev_map(x->gntdev, domid, &ref, 1, PROT_READ | PROT_WRITE);
		if (page)
			remember(x, page, MAP_GRANT);
	}
	if (!page) {
		page = xc_map_foreign(x->xch, domid, PROT_READ | PROT_WRITE, &frame, 1, NULL);
		if (page)
			remember(x, page, MAP_FOREIGN);
	}
	if (!page)
		return errno ? -errno : -EIO;
	*ret_ring = page;
	return 0;
}

static int read_own_port(uint32_t *ret_port)
{
	char text[32] = "";
	int fd = open(port_path, O_RDONLY | O_CLOEXEC), err = 0;
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, text, sizeof(text) - 1);
	if (n <= 0)
		err = n < 0 ? -errno : -EIO;
	close(fd);
	if (err == 0)
		*ret_port = strtoul(text, NULL, 0);
	return err == 0 && *ret_port == 0 ? -ENOENT : err;
}

static int xen_map_own_ring(void *b, struct xenstore_domain_interface **ret_ring,
			    uint32_t *ret_port)
{
	void *page;
	int fd, err;

	err = read_own_port(ret_port);
	if (err < 0)
		return err;
	fd = open(kva_path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	page = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	err = page == MAP_FAILED ? -errno : 0;
	close(fd);
	if (err < 0)
		return err;
	remember(b, page, MAP_OWN);
	*ret_ring = page;
	return 0;
}

static void xen_unmap_ring(void *b, struct xenstore_domain_interface *ring)
{
	struct xen *x = b;
	struct map **pos = &x->maps, *m;

	while ((m = *pos) && m->page != ring)
		pos = &m->next;
	if (!m)
		return;
	*pos = m->next;
	if (m->kind == MAP_GRANT)
		xc_gntdev_unmap(x->gntdev, m->page, 1);
	else if (m->kind == MAP_FOREIGN)
		xc_unmap_foreign(x->xch, m->page, 1);
	else
		munmap(m->page, PAGE_BYTES);
	free(m);
}

static int xen_bind(void *b, uint32_t domid, uint32_t remote_port, uint32_t *ret_local)
{
	struct xen *x = b;
	int port = xc_evtchn_bind_interdomain(x->evtchn, domid, remote_port);

	if (port < 0)
		return -errno;
	*ret_local = port;
	return 0;
}

static void xen_unbind(void *b, uint32_t local)
{
	struct xen *x = b;

	xc_evtchn_unbind(x->evtchn, local);
}

static void xen_notify(void *b, uint32_t local)
{
	struct xen *x = b;

	xc_evtchn_notify(x->evtchn, local);
}

static int xen_domain_state(void *b, uint32_t domid, struct domain_state *ret_state)
{
	struct xen *x = b;
	xc_domaininfo_t info;

	if (xc_domain_getinfo(x->xch, domid, &info) != 0)
		return errno == ESRCH ? -ENOENT : -errno;
	ret_state->dying = info.flags & XEN_DOMINF_dying;
	ret_state->shutdown = info.flags & XEN_DOMINF_shutdown;
	return 0;
}

static int xen_event_fd(void *b)
{
	struct xen *x = b;

	return xc_evtchn_fd(x->evtchn);
}

static int xen_next_event(void *b)
{
	struct xen *x = b;
	int port = xc_evtchn_pending(x->evtchn);

	if (port < 0)
		return -1;
	xc_evtchn_unmask(x->evtchn, port);
	return (uint32_t)port == x->virq_port ? BACKEND_PORT_DOMAINS : port;
}

static const struct backend_ops xen_ops = {
	.close = xen_close,
	.map_ring = xen_map_ring,
	.map_own_ring = xen_map_own_ring,
	.unmap_ring = xen_unmap_ring,
	.bind = xen_bind,
	.unbind = xen_unbind,
	.notify = xen_notify,
	.domain_state = xen_domain_state,
	.event_fd = xen_event_fd,
	.next_event = xen_next_event,
};

int backend_xen_open(struct backend *ret_backend)
{
	struct xen *x = mem_zalloc(sizeof(*x));
	int port, err;

	x->xch = xc_interface_open();
	x->evtchn = x->xch ? xc_evtchn_open() : NULL;
	port = x->evtchn ? xc_evtchn_bind_virq(x->evtchn, VIRQ_DOM_EXC) : -1;
	if (port < 0) {
		err = errno ? -errno : -ENODEV;
		xen_close(x);
		return err;
	}
	x->virq_port = port;
	x->gntdev = xc_gntdev_open();
	if (!x->gntdev)
		log_info("store", "no grant device (%s): mapping rings by frame", strerror(errno));
	ret_backend->ops = &xen_ops;
	ret_backend->b = x;
	return 0;
}
