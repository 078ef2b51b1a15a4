/* SPDX-License-Identifier: GPL-2.0-only */
/* domu: what a domain without privileges may not do, and that it sees nothing of another one: built
 * and watched by a tiny dom0 on the same CPU. */
#include <xen/physdev.h>
#include <xen/platform.h>
#include <xen/sysctl.h>
#include "child.h"

static uint8_t page[4096] __attribute__((aligned(4096)));
static unsigned long dom0_mfn;      /* a page of dom0, for the child to ask for */
static volatile unsigned int phase; /* written by both sides */
static uint64_t scratch[512] __attribute__((aligned(4096)));
static uint64_t xmm[2] __attribute__((aligned(16)));

/* --- unprivileged calls -------------------------------------------------------------------------------- */

static void check_privileged_calls(void)
{
	struct xen_domctl d = { 0 };
	struct xen_sysctl s = { .cmd = XEN_SYSCTL_physinfo,
		.interface_version = XEN_SYSCTL_INTERFACE_VERSION };
	struct xen_platform_op p = { .cmd = XENPF_get_cpuinfo,
		.interface_version = XENPF_INTERFACE_VERSION };
	struct physdev_setup_gsi gsi = { .gsi = 1 };
	struct xen_memory_reservation r = { .nr_extents = 1, .domid = 0 };

	set_xen_guest_handle(r.extent_start, scratch);
	check_rc(domctl(XEN_DOMCTL_getdomaininfo, 0, &d), XEN_EPERM, "domctl on dom0");
	check_rc(domctl(XEN_DOMCTL_getdomaininfo, DOMID_SELF, &d), XEN_EINVAL, "domctl on itself");
	check_rc(hypercall1(__HYPERVISOR_sysctl, &s), XEN_EPERM, "sysctl");
	check_rc(hypercall1(__HYPERVISOR_platform_op, &p), XEN_EPERM, "platform_op");
	check_rc(hypercall2(__HYPERVISOR_physdev_op, PHYSDEVOP_setup_gsi, &gsi), XEN_EPERM,
		"setup_gsi");
	check_rc(hypercall3(__HYPERVISOR_console_io, CONSOLEIO_write, 4, "boo\n"), XEN_EPERM,
		"console output");
	check_rc(hypercall2(__HYPERVISOR_memory_op, XENMEM_populate_physmap, &r), 0,
		"memory for another");
	check_rc(hypercall2(__HYPERVISOR_memory_op, XENMEM_machine_memory_map, scratch), XEN_EPERM,
		"the machine's memory map");
}

static void check_foreign_frames(void)
{
	struct mmu_update u = { .ptr = machine_of_l1e(page), .val = L1E(dom0_mfn, F_RO) };
	struct mmuext_op op = { .cmd = MMUEXT_PIN_L1_TABLE };

	check_rc(hypercall4(__HYPERVISOR_mmu_update, &u, 1, 0, DOMID_SELF), XEN_EBUSY,
		"a frame of dom0 as one's own");
	check_rc(hypercall4(__HYPERVISOR_mmu_update, &u, 1, 0, 0), XEN_EPERM, "as dom0's");
	check_rc(hypercall4(__HYPERVISOR_mmu_update, &u, 1, 0, DOMID_XEN), XEN_EPERM, "as Xen's");
	check_rc(hypercall4(__HYPERVISOR_mmu_update, &u, 1, 0, DOMID_IO), XEN_EBUSY, "as a device's");
	check_rc(hypercall4(__HYPERVISOR_mmu_update, &u, 1, 0, 1234), XEN_ESRCH, "as nobody's");
	u.val = L1E(0xfee00, F_RO);
	check_rc(hypercall4(__HYPERVISOR_mmu_update, &u, 1, 0, DOMID_IO), XEN_EPERM, "the APIC's page");
	u.val = L1E(0xa0, F_RO);
	check_rc(hypercall4(__HYPERVISOR_mmu_update, &u, 1, 0, DOMID_SELF), XEN_EPERM, "video memory");
	u.val = L1E(va_to_mfn(page), F_RWX | 0x10);
	check_rc(hypercall4(__HYPERVISOR_mmu_update, &u, 1, 0, DOMID_SELF), XEN_EINVAL,
		"uncached memory");
	u.ptr = dom0_mfn << 12 | MMU_MACHPHYS_UPDATE;
	check_rc(hypercall4(__HYPERVISOR_mmu_update, &u, 1, 0, DOMID_SELF), XEN_EINVAL,
		"the M2P entry of dom0's frame");
	u.ptr = dom0_mfn << 12;
	check_rc(hypercall4(__HYPERVISOR_mmu_update, &u, 1, 0, DOMID_SELF), XEN_EINVAL,
		"a write to it");
	op.arg1.mfn = dom0_mfn;
	check_rc(hypercall4(__HYPERVISOR_mmuext_op, &op, 1, 0, DOMID_SELF), XEN_EINVAL, "pinning it");
	check_rc(hypercall4(__HYPERVISOR_mmuext_op, &op, 1, 0, 0), XEN_EPERM, "as dom0's");
	op.cmd = MMUEXT_NEW_BASEPTR;
	check_rc(hypercall4(__HYPERVISOR_mmuext_op, &op, 1, 0, DOMID_SELF), XEN_EINVAL,
		"as the base of page tables");
	op.cmd = MMUEXT_FLUSH_CACHE;
	check_rc(hypercall4(__HYPERVISOR_mmuext_op, &op, 1, 0, DOMID_SELF), XEN_EACCES,
		"flushing caches");
	op.cmd = MMUEXT_CLEAR_PAGE;
	check_rc(hypercall4(__HYPERVISOR_mmuext_op, &op, 1, 0, DOMID_SELF), XEN_EINVAL,
		"clearing it");
	op.arg1.mfn = 0xb1;
	check_rc(hypercall4(__HYPERVISOR_mmuext_op, &op, 1, 0, DOMID_IO), XEN_EPERM,
		"clearing a frame that is no memory");
	check_rc(hypercall2(__HYPERVISOR_set_gdt, &dom0_mfn, 512), XEN_EINVAL, "as a GDT");
	check_rc(hypercall2(__HYPERVISOR_update_descriptor, dom0_mfn << 12, 0), XEN_EINVAL,
		"a descriptor in it");
}

static void do_in(void *arg)
{
	uint8_t v;

	__asm__ __volatile__("in %%dx, %0" : "=a"(v) : "d"((uint16_t)(unsigned long)arg));
	scratch[0] = v;
}

static void check_ports(void)
{
	check_eq(probe(do_in, (void *)0x64), 13, "a port without privilege");
	hypercall2(__HYPERVISOR_physdev_op, PHYSDEVOP_set_iopl, &(struct physdev_set_iopl){ 1 });
	check_eq(probe(do_in, (void *)0x64), -1, "with it");
	check_eq(scratch[0], 0xff, "reads ones");
}

static void unprivileged(void)
{
	check_privileged_calls();
	check_foreign_frames();
	check_ports();
}

/* --- registers ---------------------------------------------------------------------------------------------- */

static void load_xmm(uint64_t a)
{
	xmm[0] = xmm[1] = a;
	__asm__ __volatile__("movdqa %0, %%xmm0; movdqa %0, %%xmm7; movdqa %0, %%xmm15" : : "m"(xmm));
}

static bool xmm_are(uint64_t a)
{
	static uint64_t seen[6] __attribute__((aligned(16)));
	bool ok = true;

	__asm__ __volatile__("movdqa %%xmm0, (%0); movdqa %%xmm7, 16(%0); movdqa %%xmm15, 32(%0)"
		: : "r"(seen) : "memory");
	for (unsigned int i = 0; i < 6; i++)
		ok &= seen[i] == a;
	return ok;
}

static void other_registers(void)
{
	bool clean = xmm_are(0), kept = true;

	check(clean, "a new domain's SSE registers are 0");
	load_xmm(0x2222222222222222);
	for (unsigned int i = 0; i < 50; i++) {
		yield();
		kept &= xmm_are(0x2222222222222222);
	}
	check(kept, "and kept while the other's are loaded");
	check_eq(hypercall1(__HYPERVISOR_get_debugreg, 0), 0, "its debug registers are its own");
}

static void check_registers(void)
{
	static uint8_t map[8] = { 1 };
	static struct child c;
	struct xen_domctl op = { 0 };
	bool kept = true;

	if (!check(child_create(&c, other_registers), "a domain"))
		return;
	op.u.vcpuaffinity.flags = 1;
	set_xen_guest_handle(op.u.vcpuaffinity.cpumap_hard.bitmap, map);
	op.u.vcpuaffinity.cpumap_hard.nr_bits = 8;
	check_rc(domctl(XEN_DOMCTL_setvcpuaffinity, 0, &op) |
			domctl(XEN_DOMCTL_setvcpuaffinity, c.id, &op), 0, "both on one CPU");
	hypercall2(__HYPERVISOR_set_debugreg, 0, 0x1234);
	load_xmm(0x1111111111111111);
	child_unpause(&c);
	for (unsigned int i = 0; i < 200; i++) {
		yield();
		kept &= xmm_are(0x1111111111111111);
	}
	check(kept, "dom0's SSE registers are kept");
	check_eq(child_wait(&c, 20), SHUTDOWN_poweroff, "it comes to its end");
	child_destroy(&c);
	hypercall2(__HYPERVISOR_set_debugreg, 0, 0);
}

/* --- dom0's rights ------------------------------------------------------------------------------------------- */

static void sleeper(void)
{
	phase = 1;
	for (;;)
		yield();
}

/* As the tools restore it: the program's page table without a bit that says that it is valid. */
static void check_user_table(const struct child *c)
{
	static struct vcpu_guest_context ctxt;
	struct xen_domctl d = { 0 };

	set_xen_guest_handle(d.u.vcpucontext.ctxt, &ctxt);
	check_rc(domctl(XEN_DOMCTL_getvcpucontext, c->id, &d), 0, "its context");
	check_eq(ctxt.ctrlreg[1], 0, "no table for a program");
	ctxt.ctrlreg[1] = xen_pfn_to_cr3(c->l4);
	ctxt.flags &= ~VGCF_online;
	d.u.vcpucontext.vcpu = 1;
	check_rc(domctl(XEN_DOMCTL_setvcpucontext, c->id, &d), 0, "the other vcpu gets one");
	memset(&ctxt, 0, sizeof(ctxt));
	check_rc(domctl(XEN_DOMCTL_getvcpucontext, c->id, &d), 0, "its context, too");
	check_eq(ctxt.ctrlreg[1] & ~1UL, xen_pfn_to_cr3(c->l4), "has it");
}

static void check_dom0_on_it(void)
{
	static struct child c;
	struct mmu_update u = { .ptr = machine_of_l1e(page) };
	struct mmuext_op op = { .cmd = MMUEXT_PIN_L4_TABLE };
	unsigned int n = 1;

	if (!check(child_create(&c, sleeper), "another"))
		return;
	check_user_table(&c);
	u.val = L1E(c.l4, F_RWX);
	check_rc(hypercall4(__HYPERVISOR_mmu_update, &u, 1, 0, c.id), XEN_EBUSY,
		"its L4 cannot be mapped writable");
	u.val = L1E(c.l4, F_RO);
	check_rc(hypercall4(__HYPERVISOR_mmu_update, &u, 1, &n, c.id), 0, "but read");
	check_eq(n, 1, "done: one");
	check_rc(hypercall4(__HYPERVISOR_mmu_update, &u, 1, 0, DOMID_SELF), 0,
		"an entry that stays the same is not looked at");
	op.arg1.mfn = c.l4;
	check_rc(hypercall4(__HYPERVISOR_mmuext_op, &op, 1, 0, c.id), 0, "dom0 pins it");
	op.cmd = MMUEXT_NEW_BASEPTR;
	check_rc(hypercall4(__HYPERVISOR_mmuext_op, &op, 1, 0, c.id), XEN_EPERM,
		"but does not run on it");
	op.cmd = MMUEXT_UNPIN_TABLE;
	check_rc(hypercall4(__HYPERVISOR_mmuext_op, &op, 1, 0, c.id), 0, "and unpins it");
	check_rc(hypercall4(__HYPERVISOR_mmuext_op, &op, 1, 0, c.id), XEN_EINVAL, "once");
	map_va(page, L1E(va_to_mfn(page), F_RWX));
	child_destroy(&c);
	check_rc(hypercall4(__HYPERVISOR_mmu_update, &u, 1, 0, c.id), XEN_ESRCH, "gone");
}

void guest_main(void)
{
	dom0_mfn = va_to_mfn(page);
	child_run(unprivileged, 20);
	check_registers();
	check_dom0_on_it();
}
