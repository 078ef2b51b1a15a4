/* SPDX-License-Identifier: GPL-2.0-only */
/* fpu.c: the FPU, SSE and extended state of vcpus, switched eagerly; XCR0.
 *
 * Context: fpu_save/fpu_restore from the context switch, interrupts off. */
#include <hv/domain.h>
#include <hv/lib.h>
#include <hv/page.h>
#include <hv/percpu.h>
#include "policy.h"
#include "pv.h"

#define XSTATE_FP_SSE 3UL
/* State components that PV guests may have: x87, SSE, AVX, AVX-512. PKRU and supervisor states are
 * hidden with their features. */
#define XSTATE_ALLOWED (XSTATE_FP_SSE | 4UL | 0xe0UL)
#define FXSAVE_SIZE 512

uint64_t xcr0_host_mask;
static unsigned int area_size = FXSAVE_SIZE;
static DEFINE_PER_CPU(uint64_t, xcr0_loaded);
static bool pointers_stay; /* loading a state without an exception leaves the addresses of the last one */

static void xsetbv(uint64_t v)
{
	__asm__ __volatile__("xsetbv" : : "a"((uint32_t)v), "d"((uint32_t)(v >> 32)), "c"(0));
}

static void load_xcr0(uint64_t v)
{
	if (this_cpu(xcr0_loaded) == v)
		return;
	xsetbv(v);
	this_cpu(xcr0_loaded) = v;
}

/* Processors of AMD before those that say so (RstrFpErrPtrs). */
static bool leaves_pointers(void)
{
	uint32_t vendor = cpuid(0, 0).b;

	return (vendor == 0x68747541 /* Auth */ || vendor == 0x6f677948 /* Hygo */) &&
		!(cpuid(0x80000000, 0).a >= 0x80000008 && (cpuid(0x80000008, 0).b & (1U << 2)));
}

void fpu_init_cpu(void)
{
	pointers_stay = leaves_pointers();
	write_cr0((read_cr0() & ~(CR0_EM | CR0_TS)) | CR0_MP | CR0_NE);
	write_cr4(read_cr4() | CR4_OSFXSR | CR4_OSXMMEXCPT);
	if (!(cpuid(1, 0).c & (1U << 26)))
		return;
	write_cr4(read_cr4() | CR4_OSXSAVE);
	if (!xcr0_host_mask) {
		struct cpuid_regs r = cpuid(0xd, 0);

		xcr0_host_mask = r.a & XSTATE_ALLOWED;
		xsetbv(xcr0_host_mask);
		area_size = cpuid(0xd, 0).b;
	}
	xsetbv(xcr0_host_mask);
	this_cpu(xcr0_loaded) = xcr0_host_mask;
}

unsigned int xsave_area_size(void)
{
	return area_size;
}

/* The state of a CPU after FNINIT and with MXCSR's default. */
static void reset_area(uint8_t *a)
{
	uint16_t fcw = 0x37f;
	uint32_t mxcsr = 0x1f80;

	memset(a, 0, area_size);
	memcpy(a, &fcw, sizeof(fcw));
	memcpy(a + 24, &mxcsr, sizeof(mxcsr));
}

int fpu_vcpu_init(struct vcpu *v)
{
	v->arch.xsave_area = xzalloc_bytes(area_size, 64);
	if (!v->arch.xsave_area)
		return -ENOMEM;
	reset_area(v->arch.xsave_area);
	v->arch.xcr0 = v->arch.xcr0_accum = xcr0_host_mask ? 1 : 0;
	return 0;
}

void fpu_vcpu_reset(struct vcpu *v)
{
	reset_area(v->arch.xsave_area);
}

void fpu_vcpu_free(struct vcpu *v)
{
	xfree(v->arch.xsave_area);
	v->arch.xsave_area = NULL;
}

void fpu_save(struct vcpu *v)
{
	__asm__ __volatile__("clts");
	if (xcr0_host_mask) {
		/* All that the guest ever enabled, not only what it has on now. */
		load_xcr0(v->arch.xcr0_accum | XSTATE_FP_SSE);
		__asm__ __volatile__("xsave64 (%0)" : : "r"(v->arch.xsave_area), "a"(~0U), "d"(~0U)
			: "memory");
	} else {
		__asm__ __volatile__("fxsave64 (%0)" : : "r"(v->arch.xsave_area) : "memory");
	}
}

/* An image that a toolstack loaded may be refused by the CPU: 0, or -EFAULT. */
static int restore_area(void *area)
{
	int rc = -EFAULT;

	if (xcr0_host_mask)
		__asm__ __volatile__("1: xrstor64 (%1)\n\txorl %0, %0\n2:\n" EX_TABLE(1b, 2b)
			: "+r"(rc) : "r"(area), "a"(~0U), "d"(~0U) : "memory");
	else
		__asm__ __volatile__("1: fxrstor64 (%1)\n\txorl %0, %0\n2:\n" EX_TABLE(1b, 2b)
			: "+r"(rc) : "r"(area) : "memory");
	return rc;
}

/* The last instruction of the x87's is then one of ours, and not another guest's. */
static void forget_pointers(const void *area)
{
	const uint16_t *control = area; /* and status */

	if (!(control[1] & ~control[0] & 0x3f))
		__asm__ __volatile__("fnclex; ffree %%st(7); fildl %0" : : "m"(*(const uint32_t *)area));
}

void fpu_restore(struct vcpu *v)
{
	__asm__ __volatile__("clts");
	if (pointers_stay)
		forget_pointers(v->arch.xsave_area);
	/* Everything: what v never enabled goes to its initial value, or v would find the last
	 * vcpu's registers there once it does. */
	if (xcr0_host_mask)
		load_xcr0(xcr0_host_mask);
	if (restore_area(v->arch.xsave_area)) {
		printk(LOG_GUEST LOG_WARN "d%uv%u: bad FPU state dropped\n",
			v->domain->domain_id, v->vcpu_id);
		reset_area(v->arch.xsave_area);
		restore_area(v->arch.xsave_area);
	}
	if (xcr0_host_mask)
		load_xcr0(v->arch.xcr0);
	if (v->arch.cr0_ts)
		write_cr0(read_cr0() | CR0_TS);
}

/* The rules of XSETBV: x87 always, AVX needs SSE, the AVX-512 parts come together and need AVX. */
bool pv_xcr0_valid(uint64_t x)
{
	return (x & 1) && !(x & ~xcr0_host_mask) && (!(x & 4) || (x & 2)) &&
		(!(x & 0xe0) || ((x & 0xe0) == 0xe0 && (x & 4)));
}

bool pv_set_xcr0(struct vcpu *v, uint64_t x)
{
	if (!pv_xcr0_valid(x) || (x & ~pv_policy_xcr0(pv_domain_policy(v->domain))))
		return false;
	v->arch.xcr0 = x;
	v->arch.xcr0_accum |= x;
	load_xcr0(x);
	return true;
}
