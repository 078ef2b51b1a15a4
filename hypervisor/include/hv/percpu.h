/* SPDX-License-Identifier: GPL-2.0-only */
/* percpu.h: one copy of a variable for each physical CPU. The linker script (or the C library's
 * section symbols on arch/host) bounds section "percpu"; copies start zeroed except CPU 0's. */
#ifndef HV_PERCPU_H
#define HV_PERCPU_H

#include <hv/compiler.h>
#include <asm/percpu.h> /* this_cpu_offset(): long; per_cpu_offset(cpu): long */

#define DEFINE_PER_CPU(type, name)  __section("percpu") __typeof__(type) percpu_##name
#define DECLARE_PER_CPU(type, name) extern __typeof__(type) percpu_##name

/* The compiler must not know that this leaves the object. */
#define per_cpu_at(name, off)                                                          \
	(*(__typeof__(percpu_##name) *)({                                              \
		unsigned long base_;                                                   \
		__asm__("" : "=r"(base_) : "0"(&percpu_##name));                       \
		base_ + (off);                                                         \
	}))
#define this_cpu(name)      per_cpu_at(name, this_cpu_offset())
#define per_cpu(name, cpu)  per_cpu_at(name, per_cpu_offset(cpu))

#endif
