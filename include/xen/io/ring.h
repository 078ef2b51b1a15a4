/* SPDX-License-Identifier: MIT */
/* Shared request/response rings of split devices, one page or a power of two of them.
 * The includer provides xen_mb(), xen_rmb() and xen_wmb(), and memset(). */
#ifndef XEN_IO_RING_H
#define XEN_IO_RING_H

#include <stddef.h>
#include <stdint.h>

typedef unsigned int RING_IDX;

/* Largest power of two that is not above x, for 32-bit constants. */
#define __RD2(x)	(((x) & 0x2) ? 0x2 : ((x) & 0x1))
#define __RD4(x)	(((x) & 0xc) ? __RD2((x) >> 2) << 2 : __RD2(x))
#define __RD8(x)	(((x) & 0xf0) ? __RD4((x) >> 4) << 4 : __RD4(x))
#define __RD16(x)	(((x) & 0xff00) ? __RD8((x) >> 8) << 8 : __RD8(x))
#define __RD32(x)	(((x) & 0xffff0000) ? __RD16((x) >> 16) << 16 : __RD16(x))

#define __CONST_RING_SIZE(name, bytes) \
	__RD32(((bytes) - offsetof(struct name##_sring, ring)) / \
	       sizeof(((struct name##_sring *)0)->ring[0]))
#define __RING_SIZE(sring, bytes) \
	__RD32(((bytes) - offsetof(__typeof__(*(sring)), ring)) / sizeof((sring)->ring[0]))

#define DEFINE_RING_TYPES(name, req_t, rsp_t) \
union name##_sring_entry { req_t req; rsp_t rsp; }; \
struct name##_sring { \
	RING_IDX req_prod, req_event; \
	RING_IDX rsp_prod, rsp_event; \
	union { uint8_t pvt_pad[4]; } pvt; \
	uint8_t __pad[44]; \
	union name##_sring_entry ring[1]; \
}; \
struct name##_front_ring { \
	RING_IDX req_prod_pvt, rsp_cons; \
	unsigned int nr_ents; \
	struct name##_sring *sring; \
}; \
struct name##_back_ring { \
	RING_IDX rsp_prod_pvt, req_cons; \
	unsigned int nr_ents; \
	struct name##_sring *sring; \
}; \
typedef struct name##_sring name##_sring_t; \
typedef struct name##_front_ring name##_front_ring_t; \
typedef struct name##_back_ring name##_back_ring_t

#define SHARED_RING_INIT(s) do { \
	(s)->req_prod = (s)->rsp_prod = 0; \
	(s)->req_event = (s)->rsp_event = 1; \
	memset((s)->pvt.pvt_pad, 0, sizeof((s)->pvt.pvt_pad)); \
	memset((s)->__pad, 0, sizeof((s)->__pad)); \
} while (0)

#define FRONT_RING_INIT(r, s, bytes) do { \
	(r)->req_prod_pvt = (r)->rsp_cons = 0; \
	(r)->nr_ents = __RING_SIZE(s, bytes); \
	(r)->sring = (s); \
} while (0)

#define BACK_RING_INIT(r, s, bytes) do { \
	(r)->rsp_prod_pvt = (r)->req_cons = 0; \
	(r)->nr_ents = __RING_SIZE(s, bytes); \
	(r)->sring = (s); \
} while (0)

#define RING_SIZE(r)			((r)->nr_ents)
#define RING_FREE_REQUESTS(r)		(RING_SIZE(r) - ((r)->req_prod_pvt - (r)->rsp_cons))
#define RING_FULL(r)			(RING_FREE_REQUESTS(r) == 0)
#define RING_GET_REQUEST(r, i)		(&(r)->sring->ring[(i) & (RING_SIZE(r) - 1)].req)
#define RING_GET_RESPONSE(r, i)		(&(r)->sring->ring[(i) & (RING_SIZE(r) - 1)].rsp)
#define RING_HAS_UNCONSUMED_RESPONSES(r) ((r)->sring->rsp_prod - (r)->rsp_cons)

/* Publish, and say whether the other side asked to be notified. */
#define RING_PUSH_REQUESTS_AND_CHECK_NOTIFY(r, notify) do { \
	RING_IDX __old = (r)->sring->req_prod, __new = (r)->req_prod_pvt; \
	xen_wmb(); \
	(r)->sring->req_prod = __new; \
	xen_mb(); \
	(notify) = (RING_IDX)(__new - (r)->sring->req_event) < (RING_IDX)(__new - __old); \
} while (0)

/* Nothing left? Then ask for a notification, and look once more. */
#define RING_FINAL_CHECK_FOR_RESPONSES(r, work) do { \
	(work) = RING_HAS_UNCONSUMED_RESPONSES(r); \
	if (work) \
		break; \
	(r)->sring->rsp_event = (r)->rsp_cons + 1; \
	xen_mb(); \
	(work) = RING_HAS_UNCONSUMED_RESPONSES(r); \
} while (0)

#endif /* XEN_IO_RING_H */
