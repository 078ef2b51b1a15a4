/* SPDX-License-Identifier: MIT */
/* core.c: handles, errors, hypercall buffers and the calls everything else goes through. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "private.h"

/* ---- handles --------------------------------------------------------------------------------- */

int xc_open_backend(const struct xc_backend *backend, void *ctx, struct xc_interface **ret_xch)
{
	struct xc_interface *xch;
	int rc = -EINVAL;

	if (!backend->close)
		return -EINVAL;
	if (!backend->hypercall || !backend->alloc || !backend->free || !backend->map_foreign ||
	    !backend->map_resource || !backend->unmap)
		goto err_ctx;
	rc = -ENOMEM;
	xch = calloc(1, sizeof(*xch));
	if (!xch)
		goto err_ctx;
	xch->backend = backend;
	xch->ctx = ctx;
	rc = backend->alloc(ctx, 1, &xch->arg_page);
	if (rc < 0)
		goto err_xch;
	*ret_xch = xch;
	return 0;

err_xch:
	free(xch);
err_ctx:
	backend->close(ctx);
	return rc;
}

struct xc_interface *xc_interface_open(void)
{
	struct xc_interface *xch = NULL;
	int rc = xc_privcmd_open(&xch);

	if (rc < 0)
		errno = -rc;
	return xch;
}

void xc_interface_close(struct xc_interface *xch)
{
	int saved = errno;

	if (!xch)
		return;
	buf_drop_spares(xch);
	xch->backend->free(xch->ctx, xch->arg_page, 1);
	xch->backend->close(xch->ctx);
	free(xch);
	errno = saved;
}

/* ---- errors ---------------------------------------------------------------------------------- */

const char *xc_last_error(const struct xc_interface *xch)
{
	return xch->error[0] == '\1' ? "" : xch->error;
}

/* A note is kept behind a \1 until the edge takes it. */
int xc_note(struct xc_interface *xch, int rc, const char *cause, ...)
{
	va_list ap;

	xch->error[0] = '\1';
	xch->note_rc = rc;
	va_start(ap, cause);
	vsnprintf(xch->error + 1, sizeof(xch->error) - 1, cause, ap);
	va_end(ap);
	return rc;
}

long xc_edge(struct xc_interface *xch, long rc, const char *step, ...)
{
	char cause[sizeof(xch->error)], prefix[128];
	va_list ap;

	if (rc >= 0) {
		if (xch->error[0] == '\1')
			xch->error[0] = '\0';
		return rc;
	}
	if (xch->error[0] == '\1' && xch->note_rc == rc)
		memcpy(cause, xch->error + 1, sizeof(cause) - 1);
	else
		snprintf(cause, sizeof(cause), "%s", strerror((int)-rc));
	cause[sizeof(cause) - 1] = '\0';
	va_start(ap, step);
	vsnprintf(prefix, sizeof(prefix), step, ap);
	va_end(ap);
	snprintf(xch->error, sizeof(xch->error), "%s: %.370s", prefix, cause);
	errno = (int)-rc;
	return -1;
}

/* ---- buffers --------------------------------------------------------------------------------- */

static size_t buf_pages(size_t bytes)
{
	size_t pages = pages_of(bytes);

	return pages < BUF_SMALL_PAGES ? BUF_SMALL_PAGES : pages;
}

static void *take_spare(struct xc_interface *xch)
{
	void *p;

	for (unsigned int i = 0; i < BUF_SPARES; i++) {
		p = xch->spare[i];
		xch->spare[i] = NULL;
		if (p)
			return p;
	}
	return NULL;
}

static bool keep_spare(struct xc_interface *xch, void *p)
{
	for (unsigned int i = 0; i < BUF_SPARES; i++)
		if (!xch->spare[i]) {
			xch->spare[i] = p;
			return true;
		}
	return false;
}

int buf_get(struct xc_interface *xch, struct xc_buf *b, size_t bytes, const void *from)
{
	size_t pages = buf_pages(bytes);
	int rc = 0;

	b->p = NULL;
	b->bytes = bytes;
	if (bytes == 0)
		return 0;
	if (pages == BUF_SMALL_PAGES)
		b->p = take_spare(xch);
	if (b->p && !from)
		memset(b->p, 0, bytes);
	if (!b->p)
		rc = xch->backend->alloc(xch->ctx, pages, &b->p);
	if (rc == 0 && from)
		memcpy(b->p, from, bytes);
	return rc;
}

void buf_put(struct xc_interface *xch, struct xc_buf *b)
{
	size_t pages = buf_pages(b->bytes);

	if (b->p && (pages > BUF_SMALL_PAGES || !keep_spare(xch, b->p)))
		xch->backend->free(xch->ctx, b->p, pages);
	b->p = NULL;
}

void buf_drop_spares(struct xc_interface *xch)
{
	void *p;

	while ((p = take_spare(xch)))
		xch->backend->free(xch->ctx, p, BUF_SMALL_PAGES);
}

void *xc_buffer_alloc(struct xc_interface *xch, size_t bytes)
{
	struct xc_buf b;

	if (xc_edge(xch, buf_get(xch, &b, bytes ? bytes : 1, NULL), "hypercall buffer") < 0)
		return NULL;
	return b.p;
}

void xc_buffer_free(struct xc_interface *xch, void *buffer, size_t bytes)
{
	struct xc_buf b = { buffer, bytes ? bytes : 1 };

	buf_put(xch, &b);
}

/* ---- hypercalls ------------------------------------------------------------------------------ */

long do_hypercall(struct xc_interface *xch, unsigned int op, uint64_t a0, uint64_t a1, uint64_t a2,
		  uint64_t a3, uint64_t a4)
{
	const uint64_t args[5] = { a0, a1, a2, a3, a4 };

	return xch->backend->hypercall(xch->ctx, op, args);
}

long xc_hypercall(struct xc_interface *xch, unsigned int op, const uint64_t args[5])
{
	return xc_edge(xch, xch->backend->hypercall(xch->ctx, op, args), "hypercall %u", op);
}

/* A domctl or sysctl, whose interface has a version. */
static int do_ctl(struct xc_interface *xch, unsigned int hypercall, const char *name, unsigned int version,
		  void *op, size_t bytes)
{
	long rc;

	memcpy(xch->arg_page, op, bytes);
	rc = do_hypercall(xch, hypercall, (uintptr_t)xch->arg_page, 0, 0, 0, 0);
	if (rc == -EACCES)
		xc_note(xch, -EACCES, "refused: not privileged, or another %s version than %#x", name,
			version);
	if (rc >= 0)
		memcpy(op, xch->arg_page, bytes);
	return rc < 0 ? (int)rc : 0;
}

int do_domctl(struct xc_interface *xch, struct xen_domctl *op)
{
	op->interface_version = XEN_DOMCTL_INTERFACE_VERSION;
	return do_ctl(xch, __HYPERVISOR_domctl, "domctl", op->interface_version, op, sizeof(*op));
}

int do_sysctl(struct xc_interface *xch, struct xen_sysctl *op)
{
	op->interface_version = XEN_SYSCTL_INTERFACE_VERSION;
	return do_ctl(xch, __HYPERVISOR_sysctl, "sysctl", op->interface_version, op, sizeof(*op));
}

long do_memory_op(struct xc_interface *xch, unsigned int cmd, void *arg, size_t bytes)
{
	long rc;

	if (bytes > XC_PAGE_SIZE)
		return -EINVAL;
	if (bytes)
		memcpy(xch->arg_page, arg, bytes);
	rc = do_hypercall(xch, __HYPERVISOR_memory_op, cmd,
			  bytes ? (uintptr_t)xch->arg_page : 0, 0, 0, 0);
	if (rc >= 0 && bytes)
		memcpy(arg, xch->arg_page, bytes);
	return rc;
}

int do_mmuext(struct xc_interface *xch, const struct mmuext_op *op, uint32_t foreign_domid)
{
	memcpy(xch->arg_page, op, sizeof(*op));
	return (int)do_hypercall(xch, __HYPERVISOR_mmuext_op, (uintptr_t)xch->arg_page, 1, 0,
				 foreign_domid, 0);
}

int xc_domctl(struct xc_interface *xch, struct xen_domctl *op)
{
	return (int)xc_edge(xch, do_domctl(xch, op), "domctl %u of domain %u", op->cmd, op->domain);
}

int xc_sysctl(struct xc_interface *xch, struct xen_sysctl *op)
{
	return (int)xc_edge(xch, do_sysctl(xch, op), "sysctl %u", op->cmd);
}

long xc_memory_op(struct xc_interface *xch, unsigned int cmd, void *arg, size_t bytes)
{
	return xc_edge(xch, do_memory_op(xch, cmd, arg, bytes), "memory_op %u", cmd);
}

int xc_mmuext_op(struct xc_interface *xch, struct mmuext_op *ops, unsigned int count,
		 uint32_t foreign_domid)
{
	struct xc_buf b;
	long rc;

	if (count == 0 || count > 65536)
		return (int)xc_edge(xch, -EINVAL, "mmuext_op");
	rc = buf_get(xch, &b, count * sizeof(*ops), ops);
	if (rc == 0) {
		rc = do_hypercall(xch, __HYPERVISOR_mmuext_op, (uintptr_t)b.p, count, 0,
				  foreign_domid, 0);
		buf_put(xch, &b);
	}
	return (int)xc_edge(xch, rc < 0 ? rc : 0, "mmuext_op for domain %u", foreign_domid);
}
