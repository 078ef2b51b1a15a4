/* SPDX-License-Identifier: MIT */
/* private.h: what the files of libxenctrl share.
 *
 * Inside the library functions return 0 or -Exxx; xc_edge() turns that into -1 and errno and keeps
 * the text for xc_last_error(). */
#ifndef LIBXENCTRL_PRIVATE_H
#define LIBXENCTRL_PRIVATE_H

#include <errno.h>
#include <stdarg.h>

#include <xenctrl.h>

/* The library's only way to the outside; chosen when a handle is opened. All return -Exxx. */
struct xc_backend {
	void (*close)(void *ctx);
	long (*hypercall)(void *ctx, unsigned int op, const uint64_t args[5]);
	/* Zeroed memory the hypervisor may access, whole pages. */
	int (*alloc)(void *ctx, size_t pages, void **ret_addr);
	void (*free)(void *ctx, void *addr, size_t pages);
	/* errs[i] is written for every frame. */
	int (*map_foreign)(void *ctx, uint32_t domid, int prot, const xen_pfn_t *frames,
			   size_t count, int *errs, void **ret_addr);
	int (*map_resource)(void *ctx, uint32_t domid, unsigned int type, unsigned int id,
			    unsigned long frame, unsigned long count, int prot, void **ret_addr);
	void (*unmap)(void *ctx, void *addr, size_t count);
};

/* Buffers of up to so many pages are all of that size and are kept when they are put back: mapping and
 * unmapping one costs more than most hypercalls. */
#define BUF_SMALL_PAGES 4
#define BUF_SPARES      2

struct xc_interface {
	const struct xc_backend *backend;
	void *ctx;
	void *arg_page; /* carries one domctl, sysctl or memory_op argument */
	void *spare[BUF_SPARES]; /* small buffers that were put back */
	char error[512]; /* a leading \1: a note that waits for its edge */
	int note_rc;
};

/* -EINVAL when the backend lacks a member. Owns @ctx from then on, also on failure. */
int xc_open_backend(const struct xc_backend *backend, void *ctx, struct xc_interface **ret_xch);
int xc_privcmd_open(struct xc_interface **ret_xch);

/* The edge: @rc >= 0 passes; else text "step: cause", errno, -1. xc_note() keeps a cause in words
 * that is better than strerror(); it is used by the next xc_edge() with the same error. */
long xc_edge(struct xc_interface *xch, long rc, const char *step, ...)
	__attribute__((format(printf, 3, 4)));
int xc_note(struct xc_interface *xch, int rc, const char *cause, ...)
	__attribute__((format(printf, 3, 4)));

/* As the public functions without "do_", but -Exxx. */
int do_domctl(struct xc_interface *xch, struct xen_domctl *op);
int do_sysctl(struct xc_interface *xch, struct xen_sysctl *op);
long do_memory_op(struct xc_interface *xch, unsigned int cmd, void *arg, size_t bytes);
long do_hypercall(struct xc_interface *xch, unsigned int op, uint64_t a0, uint64_t a1, uint64_t a2,
		  uint64_t a3, uint64_t a4);
int do_mmuext(struct xc_interface *xch, const struct mmuext_op *op, uint32_t foreign_domid);
int do_map(struct xc_interface *xch, uint32_t domid, int prot, const xen_pfn_t *frames,
	   size_t count, int *errs, void **ret_addr);
/* Walks a guest's page tables from their root; -EFAULT: not mapped. */
int do_walk(struct xc_interface *xch, uint32_t domid, xen_pfn_t root, uint64_t va,
	    xen_pfn_t *ret_mfn);
long do_populate(struct xc_interface *xch, uint32_t domid, unsigned long count, unsigned int order,
		 unsigned int mem_flags, xen_pfn_t *extents);

/* Hypercall memory: @b is a buffer with its size, filled from @from or, when that is NULL, with zeroes. */
struct xc_buf {
	void *p;
	size_t bytes;
};
int buf_get(struct xc_interface *xch, struct xc_buf *b, size_t bytes, const void *from);
void buf_put(struct xc_interface *xch, struct xc_buf *b);
void buf_drop_spares(struct xc_interface *xch);

static inline size_t pages_of(size_t bytes)
{
	return (bytes >> XC_PAGE_SHIFT) + !!(bytes & (XC_PAGE_SIZE - 1));
}

#endif /* LIBXENCTRL_PRIVATE_H */
