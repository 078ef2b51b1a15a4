/* SPDX-License-Identifier: GPL-2.0-only */
/* types.h: address types that do not mix, and the errors. */
#ifndef HV_TYPES_H
#define HV_TYPES_H

#include <hv/compiler.h>
#include <hv/errno.h>

/* Machine frame number, guest frame number: distinct, never converted but by the arch. */
typedef struct { unsigned long v; } mfn_t;
typedef struct { unsigned long v; } gfn_t;
typedef uint64_t paddr_t;      /* machine address in bytes */
typedef unsigned long vaddr_t; /* virtual address, guest's or ours */
typedef int64_t s_time_t;      /* nanoseconds since the hypervisor's start */
typedef uint16_t domid_t;

static inline mfn_t mk_mfn(unsigned long v) { return (mfn_t){ v }; }
static inline gfn_t mk_gfn(unsigned long v) { return (gfn_t){ v }; }
static inline unsigned long mfn_x(mfn_t m) { return m.v; }
static inline unsigned long gfn_x(gfn_t g) { return g.v; }
static inline bool mfn_eq(mfn_t a, mfn_t b) { return a.v == b.v; }
static inline mfn_t mfn_add(mfn_t m, unsigned long n) { return (mfn_t){ m.v + n }; }

#define INVALID_MFN ((mfn_t){ ~0UL })

#define NSEC_PER_SEC 1000000000LL
#define SECONDS(n)      ((s_time_t)(n) * NSEC_PER_SEC)
#define MILLISECS(n)    ((s_time_t)(n) * 1000000LL)
#define MICROSECS(n)    ((s_time_t)(n) * 1000LL)
#define STIME_MAX       ((s_time_t)0x7fffffffffffffffLL)

#endif
