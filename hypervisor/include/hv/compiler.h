/* SPDX-License-Identifier: GPL-2.0-only */
/* compiler.h: included before everything; compiler attributes and the freestanding basics. */
#ifndef HV_COMPILER_H
#define HV_COMPILER_H

#ifndef __ASSEMBLY__
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdarg.h>

#ifndef UNIT_TEST
/* One image: no reference goes through a table of addresses, declared elsewhere or not. */
#pragma GCC visibility push(hidden)
#endif

#define likely(x)      __builtin_expect(!!(x), 1)
#define unlikely(x)    __builtin_expect(!!(x), 0)
#define barrier()      __asm__ __volatile__("" ::: "memory")
#define noinline       __attribute__((noinline))
#define always_inline  inline __attribute__((always_inline))
#define __packed       __attribute__((packed))
#define __aligned(n)   __attribute__((aligned(n)))
#define __maybe_unused __attribute__((unused))
#define __noreturn     __attribute__((noreturn))
#define __printf(f, a) __attribute__((format(printf, f, a)))
#define __must_check   __attribute__((warn_unused_result))
#define __section(s)   __attribute__((section(s)))
/* Run at nearly every entry: on one page (xen.lds.S), so that few pages of code are touched after the
 * page tables have changed. */
#define __hot          __section(".text.hot")
/* Run by the most frequent calls and faults, and by changes of page tables: the next two pages. */
#define __hot_call     __section(".text.hot_call")
#define __hot_mm       __section(".text.hot_mm")
#define fallthrough    __attribute__((fallthrough))

#define ARRAY_SIZE(a)    (sizeof(a) / sizeof((a)[0]))
#define READ_ONCE(x)     (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v) (*(volatile __typeof__(x) *)&(x) = (v))
#define static_assert    _Static_assert

#define container_of(p, type, member) \
	((type *)((char *)(p) - offsetof(type, member)))

#define min(a, b) \
	({ __typeof__(a) min_a_ = (a); __typeof__(b) min_b_ = (b); min_a_ < min_b_ ? min_a_ : min_b_; })
#define max(a, b) \
	({ __typeof__(a) max_a_ = (a); __typeof__(b) max_b_ = (b); max_a_ > max_b_ ? max_a_ : max_b_; })
#define ROUND_UP(x, a)      (((x) + (a) - 1) & ~((__typeof__(x))(a) - 1))
#define ROUND_DOWN(x, a)    ((x) & ~((__typeof__(x))(a) - 1))
#define DIV_ROUND_UP(n, d)  (((n) + (d) - 1) / (d))

#endif /* !__ASSEMBLY__ */
#endif
