/* SPDX-License-Identifier: GPL-2.0-only */
/* guest_access.h: copying to and from the current guest's memory. The raw functions (arch) may
 * fault on any byte; they return how many bytes were NOT copied. Values are in bytes; counts in
 * the macros are in elements. Copy in once: never read the same guest memory twice. */
#ifndef HV_GUEST_ACCESS_H
#define HV_GUEST_ACCESS_H

#include <hv/types.h>
#include <xen/xen.h>
/* size_t copy_from_guest_raw(void *dst, const void *guest, size_t bytes);
 * size_t copy_to_guest_raw(void *guest, const void *src, size_t bytes); */
#include <asm/guest_access.h>

size_t clear_guest_raw(void *guest, size_t bytes);
/* False: an address that is the hypervisor's or none at all, for what is used only later. */
bool guest_pointer_ok(const void *guest);

/* A handle of the given element type from a hypercall argument. */
#define guest_handle_from_arg(arg, type) \
	({ XEN_GUEST_HANDLE(type) gh_; gh_.p = (type *)(uintptr_t)(arg); gh_; })
#define guest_handle_is_null(h)       ((h).p == NULL)
#define guest_handle_add(h, n)        ((h).p += (n))
#define guest_handle_cast(h, type) \
	({ XEN_GUEST_HANDLE(type) gc_; gc_.p = (type *)(uintptr_t)(h).p; gc_; })

/* 0, or bytes not copied. `n` elements from index `i` of handle `h`. */
#define copy_from_guest_offset(dst, h, i, n) \
	copy_from_guest_raw((dst) + 0 * ((dst) == (h).p), (const void *)((h).p + (i)), \
		sizeof(*(dst)) * (n))
#define copy_to_guest_offset(h, i, src, n) \
	copy_to_guest_raw((void *)((h).p + (i)), (src) + 0 * ((src) == (h).p), sizeof(*(src)) * (n))
#define copy_from_guest(dst, h, n) copy_from_guest_offset(dst, h, 0, n)
#define copy_to_guest(h, src, n)   copy_to_guest_offset(h, 0, src, n)
/* One field of the structure that the handle points to. */
#define copy_field_to_guest(h, src, field) \
	copy_to_guest_raw((char *)(h).p + offsetof(__typeof__(*(h).p), field), &(src)->field, \
		sizeof((src)->field))

#endif
