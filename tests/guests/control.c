/* SPDX-License-Identifier: GPL-2.0-only */
/* control: domctl, sysctl and xsm_op, on a domain without memory: what each says to good and bad
 * arguments. Those of the whole machine are in control_sysctl.c. */
#include <xen/domctl.h>
#include "control.h"

#define MY_ID 0

static struct xen_domctl d;
static unsigned int other;
static uint64_t page[512] __attribute__((aligned(4096)));
static uint64_t gfns[4];

static long domctl(unsigned int cmd, unsigned int domid)
{
	d.cmd = cmd;
	d.interface_version = XEN_DOMCTL_INTERFACE_VERSION;
	d.domain = domid;
	return hypercall1(__HYPERVISOR_domctl, &d);
}

static void clear_domctl(int byte)
{
	memset(&d, byte, sizeof(d));
}

/* --- making a domain ------------------------------------------------------------------------------ */

static void good_config(void)
{
	clear_domctl(0);
	d.u.createdomain.max_vcpus = 2;
	d.u.createdomain.max_evtchn_port = 1023;
	d.u.createdomain.max_grant_frames = d.u.createdomain.max_maptrack_frames = -1;
	d.u.createdomain.grant_opts = 1;
}

static void check_create(void)
{
	good_config();
	d.u.createdomain.flags = 1U << 20;
	check_eq(domctl(XEN_DOMCTL_createdomain, 0), -EINVAL, "createdomain: unknown flag");
	good_config();
	d.u.createdomain.max_vcpus = 0;
	check_eq(domctl(XEN_DOMCTL_createdomain, 0), -EINVAL, "no vcpus");
	good_config();
	d.u.createdomain.max_vcpus = 10000;
	check_eq(domctl(XEN_DOMCTL_createdomain, 0), -EINVAL, "too many");
	good_config();
	d.u.createdomain.grant_opts = 0x101;
	check_eq(domctl(XEN_DOMCTL_createdomain, 0), -EINVAL, "unknown grant options");
	good_config();
	d.u.createdomain.iommu_opts = 1;
	check_eq(domctl(XEN_DOMCTL_createdomain, 0), -EINVAL, "IOMMU options without one");
	good_config();
	d.u.createdomain.flags = XEN_DOMCTL_CDF_hap;
	check_eq(domctl(XEN_DOMCTL_createdomain, 0), -EINVAL, "hap without hvm");
	good_config();
	d.u.createdomain.vmtrace_size = 4096;
	check_eq(domctl(XEN_DOMCTL_createdomain, 0), -EINVAL, "traces without the CPU's help");
	good_config();
	d.u.createdomain.arch.emulation_flags = 1;
	check_eq(domctl(XEN_DOMCTL_createdomain, 0), -EOPNOTSUPP, "emulated devices");
	good_config();
	d.u.createdomain.arch.misc_flags = 2;
	check_eq(domctl(XEN_DOMCTL_createdomain, 0), -EINVAL, "unknown arch flag");
	good_config();
	if (!check_eq(domctl(XEN_DOMCTL_createdomain, 0), 0, "createdomain"))
		return;
	other = d.domain;
	check(other > 0 && other < DOMID_FIRST_RESERVED, "has an id");
	good_config();
	check_eq(domctl(XEN_DOMCTL_createdomain, other), -EEXIST, "that is taken");
	good_config();
	d.u.createdomain.max_vcpus = 0;
	check_eq(domctl(XEN_DOMCTL_createdomain, other), -EEXIST, "which is told first");
	clear_domctl(0);
	d.u.max_vcpus.max = 3;
	check_eq(domctl(XEN_DOMCTL_max_vcpus, other), -EINVAL, "max_vcpus: another number");
	d.u.max_vcpus.max = 2;
	check_eq(domctl(XEN_DOMCTL_max_vcpus, MY_ID), -EINVAL, "of one's own");
	check_eq(domctl(XEN_DOMCTL_max_vcpus, other), 0, "max_vcpus");
	check_eq(domctl(XEN_DOMCTL_max_vcpus, other), 0, "again");
}

/* --- the envelope, and what a paravirtual domain has not got ----------------------------------------- */

#define ANY 0
#define ZERO 1
static const struct {
	uint16_t cmd;
	uint8_t with; /* ZERO: only with an argument of zeroes */
	int16_t to_other, to_self, to_pseudo;
} refused[] = {
	{ 0, ANY, -ENOSYS, -ENOSYS, -ESRCH },
	{ XEN_DOMCTL_set_address_size, ANY, -EINVAL, -EINVAL, -ESRCH },
	{ XEN_DOMCTL_real_mode_area, ANY, -ENOSYS, -ENOSYS, -ESRCH },
	{ XEN_DOMCTL_gethvmcontext, ANY, -EINVAL, -EINVAL, -ESRCH },
	{ XEN_DOMCTL_sethvmcontext, ANY, -EINVAL, -EINVAL, -ESRCH },
	{ XEN_DOMCTL_assign_device, ANY, -EOPNOTSUPP, -EOPNOTSUPP, -ESRCH },
	{ XEN_DOMCTL_bind_pt_irq, ANY, -EINVAL, -EINVAL, -ESRCH },
	{ XEN_DOMCTL_ioport_mapping, ANY, -EOPNOTSUPP, -EOPNOTSUPP, -ESRCH },
	{ XEN_DOMCTL_set_opt_feature, ANY, -ENOSYS, -ENOSYS, -ESRCH },
	{ XEN_DOMCTL_test_assign_device, ANY, -EOPNOTSUPP, -EOPNOTSUPP, -ESRCH },
	{ XEN_DOMCTL_deassign_device, ANY, -EOPNOTSUPP, -EOPNOTSUPP, -ESRCH },
	{ XEN_DOMCTL_unbind_pt_irq, ANY, -EINVAL, -EINVAL, -ESRCH },
	{ XEN_DOMCTL_get_device_group, ANY, -EOPNOTSUPP, -EOPNOTSUPP, -ESRCH },
	{ XEN_DOMCTL_debug_op, ANY, -EINVAL, -EINVAL, -ESRCH },
	{ XEN_DOMCTL_gethvmcontext_partial, ANY, -EINVAL, -EINVAL, -ESRCH },
	{ XEN_DOMCTL_vm_event_op, ANY, -ENOSYS, -EINVAL, -ESRCH },
	{ XEN_DOMCTL_mem_sharing_op, ANY, -ENOSYS, -ENOSYS, -ESRCH },
	{ XEN_DOMCTL_set_broken_page_p2m, ANY, -EINVAL, -EINVAL, -ESRCH },
	{ XEN_DOMCTL_cacheflush, ANY, -ENOSYS, -ENOSYS, -ESRCH },
	{ XEN_DOMCTL_setvnumainfo, ANY, -EINVAL, -EINVAL, -ESRCH },
	{ XEN_DOMCTL_psr_cmt_op, ANY, -ENODEV, -ENODEV, -ESRCH },
	{ XEN_DOMCTL_monitor_op, ZERO, -EOPNOTSUPP, -EPERM, -ESRCH },
	{ XEN_DOMCTL_psr_alloc, ZERO, -ENODEV, -ENODEV, -ESRCH },
	{ XEN_DOMCTL_soft_reset, ANY, -EINVAL, -EINVAL, -ESRCH },
	{ XEN_DOMCTL_vuart_op, ZERO, -ENOSYS, -ENOSYS, -ESRCH },
	{ XEN_DOMCTL_vmtrace_op, ANY, -EINVAL, -EINVAL, -ESRCH },
	{ XEN_DOMCTL_get_paging_mempool_size, ANY, -EOPNOTSUPP, -EOPNOTSUPP, -ESRCH },
	{ XEN_DOMCTL_set_paging_mempool_size, ANY, -EOPNOTSUPP, -EOPNOTSUPP, -ESRCH },
	{ XEN_DOMCTL_gdbsx_pausevcpu, ANY, -ENOSYS, -ENOSYS, -ESRCH },
	{ XEN_DOMCTL_pausedomain, ANY, 0, -EINVAL, -ESRCH },
	{ XEN_DOMCTL_unpausedomain, ANY, 0, -EINVAL, -ESRCH },
	{ XEN_DOMCTL_set_access_required, ANY, 0, -EPERM, -ESRCH },
	{ XEN_DOMCTL_setdebugging, ANY, 0, -EINVAL, -ESRCH },
	{ XEN_DOMCTL_getdomaininfo, ANY, 0, 0, -EINVAL },
};

static void check_one_refused(unsigned int i, int byte)
{
	long rc[3];

	clear_domctl(byte);
	rc[0] = domctl(refused[i].cmd, other);
	clear_domctl(byte);
	rc[1] = domctl(refused[i].cmd, MY_ID);
	clear_domctl(byte);
	rc[2] = domctl(refused[i].cmd, DOMID_SELF);
	if (!check(rc[0] == refused[i].to_other && rc[1] == refused[i].to_self &&
			rc[2] == refused[i].to_pseudo, "domctl on another, on oneself, on DOMID_SELF"))
		print("# domctl %d with %x: %ld %ld %ld\n", refused[i].cmd, byte, rc[0], rc[1], rc[2]);
}

static void check_refused(void)
{
	unsigned int i;

	check_eq(hypercall1(__HYPERVISOR_domctl, HYPERVISORS_OWN), -EFAULT, "domctl: bad pointer");
	clear_domctl(0);
	check_eq(hypercall1(__HYPERVISOR_domctl, &d), -EACCES, "domctl: another version");
	for (i = 0; i < SIZE(refused); i++) {
		check_one_refused(i, 0);
		if (refused[i].with == ANY)
			check_one_refused(i, 0xff);
	}
	clear_domctl(0);
	check_eq(domctl(XEN_DOMCTL_assign_device, DOMID_IO), -EOPNOTSUPP, "a device for nobody");
	check_eq(domctl(XEN_DOMCTL_gethvmcontext, 999), -ESRCH, "no such domain");
	d.u.set_target.target = 999;
	check_eq(domctl(XEN_DOMCTL_set_target, other), -ESRCH, "set_target: no such domain");
	d.u.set_target.target = other;
	check_eq(domctl(XEN_DOMCTL_set_target, other), -EINVAL, "its own");
	d.u.set_target.target = MY_ID;
	check_eq(domctl(XEN_DOMCTL_set_target, other), -EOPNOTSUPP, "one without emulated devices");
}

/* --- rights ------------------------------------------------------------------------------------------ */

static long ports(unsigned int domid, uint32_t first, uint32_t nr, bool allow)
{
	clear_domctl(0);
	d.u.ioport_permission.first_port = first;
	d.u.ioport_permission.nr_ports = nr;
	d.u.ioport_permission.allow_access = allow;
	return domctl(XEN_DOMCTL_ioport_permission, domid);
}

static long frames(unsigned int domid, uint64_t first, uint64_t nr, bool allow)
{
	clear_domctl(0);
	d.u.iomem_permission.first_mfn = first;
	d.u.iomem_permission.nr_mfns = nr;
	d.u.iomem_permission.allow_access = allow;
	return domctl(XEN_DOMCTL_iomem_permission, domid);
}

static long mapping(uint64_t mfn, uint64_t nr, uint64_t gfn)
{
	clear_domctl(0);
	d.u.memory_mapping.first_mfn = mfn;
	d.u.memory_mapping.nr_mfns = nr;
	d.u.memory_mapping.first_gfn = gfn;
	d.u.memory_mapping.add_mapping = 1;
	return domctl(XEN_DOMCTL_memory_mapping, other);
}

static void check_rights(void)
{
	check_eq(ports(other, 0x300, 0, true), -EINVAL, "no ports");
	check_eq(ports(other, 0xfff0, 0x11, true), -EINVAL, "more ports than there are");
	check_eq(ports(other, 0xfffffff0, 0x20, true), -EINVAL, "around the end");
	check_eq(ports(other, 0x20, 1, true), -EPERM, "the interrupt controller's");
	check_eq(ports(other, 0x40, 4, true), -EPERM, "the timer's");
	check_eq(ports(other, 0xcfc, 4, true), -EPERM, "configuration data");
	check_eq(ports(other, 0x300, 16, true), 0, "ports");
	check_eq(ports(other, 0x308, 4, false), 0, "some of them back");
	check_eq(ports(MY_ID, 0x3000, 2, false), 0, "one's own");
	check_eq(ports(other, 0x3001, 1, true), -EPERM, "are then not to be given");
	check_eq(ports(MY_ID, 0x3000, 2, true), -EPERM, "nor taken back");

	check_eq(frames(other, 0xf0000, 0, true), -EINVAL, "no frames");
	check_eq(frames(other, 0, 0, true), -EPERM, "no frames from 0 on are all");
	check_eq(frames(other, ~0UL, ~0UL, true), -EINVAL, "frames around the end");
	check_eq(frames(other, 0xfee00, 1, true), -EPERM, "the local APIC");
	check_eq(mapping(0xfee00, 1, 0xfee00), 0, "memory_mapping has nothing to do");
	check_eq(frames(other, 0xf0000, 4, true), 0, "frames");
	check_eq(mapping(0xf0000, 4, 0xf0000), 0, "memory_mapping");
	check_eq(mapping(0xf0000, 4, ~0UL), -EINVAL, "around the end");
	check_eq(mapping(0xf0000, 0, 0xf0000), -EINVAL, "of nothing");
	check_eq(mapping(0, 0, 0xf0000), -EINVAL, "of nothing at 0");
	check_eq(mapping(1UL << 50, 1, 0xf0000), -EINVAL, "where no frames are");
	check_eq(frames(other, 0xf0000, 4, false), 0, "taken away");

	clear_domctl(0);
	d.u.irq_permission.pirq = 100000;
	check_eq(domctl(XEN_DOMCTL_irq_permission, other), -EINVAL, "no such interrupt");
	d.u.irq_permission.pirq = 200;
	check_eq(domctl(XEN_DOMCTL_irq_permission, other), -EPERM, "one that is not mapped");
}

/* --- vcpus ------------------------------------------------------------------------------------------- */

static void check_vcpus(void)
{
	clear_domctl(0);
	d.u.vcpucontext.vcpu = 2;
	check_eq(domctl(XEN_DOMCTL_setvcpucontext, other), -EINVAL, "setvcpucontext: no such vcpu");
	check_eq(domctl(XEN_DOMCTL_getvcpucontext, other), -EINVAL, "getvcpucontext: no such vcpu");
	check_eq(domctl(XEN_DOMCTL_getvcpuinfo, other), -EINVAL, "getvcpuinfo: no such vcpu");
	d.u.vcpucontext.vcpu = 0;
	check_eq(domctl(XEN_DOMCTL_getvcpucontext, other), -ENODATA, "one without a context");
	check_eq(domctl(XEN_DOMCTL_getvcpucontext, MY_ID), -EINVAL, "one's own");
	check_eq(domctl(XEN_DOMCTL_setvcpucontext, MY_ID), -EINVAL, "one's own");
	set_xen_guest_handle(d.u.vcpucontext.ctxt, (vcpu_guest_context_t *)HYPERVISORS_OWN);
	check_eq(domctl(XEN_DOMCTL_setvcpucontext, other), -EFAULT, "setvcpucontext: bad pointer");
	set_xen_guest_handle(d.u.vcpucontext.ctxt, NULL);
	check_eq(domctl(XEN_DOMCTL_setvcpucontext, other), 0, "reset");
	clear_domctl(0);
	check_eq(domctl(XEN_DOMCTL_getvcpuinfo, other), 0, "getvcpuinfo");
	check(!d.u.getvcpuinfo.online && !d.u.getvcpuinfo.running, "is offline");

	clear_domctl(0);
	d.u.sendtrigger.vcpu = 7;
	check_eq(domctl(XEN_DOMCTL_sendtrigger, other), -ESRCH, "sendtrigger: no such vcpu");
	d.u.sendtrigger.vcpu = 0;
	d.u.sendtrigger.trigger = 99;
	check_eq(domctl(XEN_DOMCTL_sendtrigger, other), -ENOSYS, "no such trigger");
	d.u.sendtrigger.trigger = XEN_DOMCTL_SENDTRIGGER_RESET;
	check_eq(domctl(XEN_DOMCTL_sendtrigger, other), -ENOSYS, "reset");
	d.u.sendtrigger.trigger = XEN_DOMCTL_SENDTRIGGER_POWER;
	check_eq(domctl(XEN_DOMCTL_sendtrigger, other), -EINVAL, "power button");
	d.u.sendtrigger.trigger = XEN_DOMCTL_SENDTRIGGER_NMI;
	check_eq(domctl(XEN_DOMCTL_sendtrigger, other), 0, "NMI");

	clear_domctl(0);
	d.u.ext_vcpucontext.vcpu = 9;
	check_eq(domctl(XEN_DOMCTL_get_ext_vcpucontext, other), -ESRCH, "get_ext: no such vcpu");
	check_eq(domctl(XEN_DOMCTL_set_ext_vcpucontext, other), -ESRCH, "set_ext: no such vcpu");
	d.u.ext_vcpucontext.vcpu = 0;
	check_eq(domctl(XEN_DOMCTL_get_ext_vcpucontext, MY_ID), -ESRCH, "get_ext: one's own");
	check_eq(domctl(XEN_DOMCTL_set_ext_vcpucontext, MY_ID), -ESRCH, "set_ext: one's own");
	check_eq(domctl(XEN_DOMCTL_set_ext_vcpucontext, other), -EINVAL, "set_ext: too small");
	d.u.ext_vcpucontext.size = 32;
	d.u.ext_vcpucontext.sysenter_callback_eip = 1UL << 60;
	check_eq(domctl(XEN_DOMCTL_set_ext_vcpucontext, other), -EINVAL, "a callback that is no address");
	d.u.ext_vcpucontext.sysenter_callback_eip = 0x1234;
	d.u.ext_vcpucontext.sysenter_callback_cs = 0x10;
	d.u.ext_vcpucontext.syscall32_callback_eip = 0x5678;
	d.u.ext_vcpucontext.syscall32_disables_events = 1;
	check_eq(domctl(XEN_DOMCTL_set_ext_vcpucontext, other), 0, "set_ext");
	clear_domctl(0);
	check_eq(domctl(XEN_DOMCTL_get_ext_vcpucontext, other), 0, "get_ext");
	check_eq(d.u.ext_vcpucontext.sysenter_callback_eip, 0x1234, "gives it back");
	check_eq(d.u.ext_vcpucontext.sysenter_callback_cs, 0x13, "in ring 3");
	check_eq(d.u.ext_vcpucontext.syscall32_callback_eip, 0x5678, "both");
	check_eq(d.u.ext_vcpucontext.syscall32_disables_events, 1, "with their flags");

	clear_domctl(0);
	check_eq(domctl(XEN_DOMCTL_getvcpuextstate, MY_ID), -EINVAL, "extstate: one's own");
	d.u.vcpuextstate.vcpu = 5;
	check_eq(domctl(XEN_DOMCTL_getvcpuextstate, other), -ESRCH, "no such vcpu");
	d.u.vcpuextstate.vcpu = 0;
	check_eq(domctl(XEN_DOMCTL_getvcpuextstate, other), 0, "its size");
	d.u.vcpuextstate.size = 8;
	check_eq(domctl(XEN_DOMCTL_setvcpuextstate, other), -EINVAL, "less than a header");
	clear_domctl(0);
	d.u.vcpu_msrs.vcpu = 5;
	check_eq(domctl(XEN_DOMCTL_get_vcpu_msrs, other), -ESRCH, "msrs: no such vcpu");
	d.u.vcpu_msrs.vcpu = 0;
	check_eq(domctl(XEN_DOMCTL_get_vcpu_msrs, MY_ID), -EINVAL, "msrs: one's own");
	check_eq(domctl(XEN_DOMCTL_get_vcpu_msrs, other), 0, "how many");
	check(d.u.vcpu_msrs.msr_count > 0, "some");
}

/* --- the domain as a whole ------------------------------------------------------------------------------ */

static void check_domain(void)
{
	clear_domctl(0);
	d.u.hypercall_init.gmfn = ~0UL;
	check_eq(domctl(XEN_DOMCTL_hypercall_init, other), -EINVAL, "hypercall_init: no such frame");
	d.u.hypercall_init.gmfn = va_to_mfn(page);
	check_eq(domctl(XEN_DOMCTL_hypercall_init, other), -EINVAL, "another's frame");
	d.u.hypercall_init.gmfn = va_to_mfn((void *)si->pt_base);
	check_eq(domctl(XEN_DOMCTL_hypercall_init, MY_ID), -EPERM, "a page table");

	clear_domctl(0);
	d.u.address_size.size = 64;
	check_eq(domctl(XEN_DOMCTL_set_address_size, other), 0, "64 bits");
	clear_domctl(0);
	check_eq(domctl(XEN_DOMCTL_get_address_size, other), 0, "get_address_size");
	check_eq(d.u.address_size.size, 64, "tells");

	clear_domctl(0);
	check_eq(domctl(XEN_DOMCTL_gettscinfo, MY_ID), -EINVAL, "gettscinfo of one's own");
	check_eq(domctl(XEN_DOMCTL_settscinfo, MY_ID), -EINVAL, "settscinfo of one's own");
	d.u.tsc_info.tsc_mode = 3;
	check_eq(domctl(XEN_DOMCTL_settscinfo, other), -EINVAL, "no such mode");
	d.u.tsc_info.tsc_mode = 2;
	check_eq(domctl(XEN_DOMCTL_settscinfo, other), 0, "native");
	clear_domctl(0);
	check_eq(domctl(XEN_DOMCTL_gettscinfo, other), 0, "gettscinfo");
	check_eq(d.u.tsc_info.tsc_mode, 2, "tells the mode");
	check_eq(d.u.tsc_info.gtsc_khz, 0, "whose frequency is the machine's");
	check_eq(d.u.tsc_info.elapsed_nsec, 0, "and nothing else");

	clear_domctl(0);
	d.u.getpageframeinfo3.num = 1025;
	check_eq(domctl(XEN_DOMCTL_getpageframeinfo3, other), -E2BIG, "too many frames");
	d.u.getpageframeinfo3.num = 1UL << 32;
	check_eq(domctl(XEN_DOMCTL_getpageframeinfo3, other), -E2BIG, "far too many");
	d.u.getpageframeinfo3.num = 1;
	set_xen_guest_handle(d.u.getpageframeinfo3.array, (xen_pfn_t *)HYPERVISORS_OWN);
	check_eq(domctl(XEN_DOMCTL_getpageframeinfo3, other), -EFAULT, "bad pointer");
	set_xen_guest_handle(d.u.getpageframeinfo3.array, (xen_pfn_t *)gfns);
	gfns[0] = va_to_mfn(page);
	check_eq(domctl(XEN_DOMCTL_getpageframeinfo3, other), 0, "another's frame");
	check_eq(gfns[0], XEN_DOMCTL_PFINFO_XTAB, "is none of its own");

	clear_domctl(0);
	d.u.max_mem.max_memkb = 1UL << 60;
	check_eq(domctl(XEN_DOMCTL_max_mem, other), 0, "max_mem without end");
	clear_domctl(0);
	check_eq(domctl(XEN_DOMCTL_getdomaininfo, other), 0, "getdomaininfo");
	check_eq(d.u.getdomaininfo.max_pages, 0xffffffff, "is the largest there is");
	clear_domctl(0);
	d.u.setdebugging.enable = 1;
	check_eq(domctl(XEN_DOMCTL_setdebugging, other), 0, "a debugger");
	clear_domctl(0);
	check_eq(domctl(XEN_DOMCTL_getdomaininfo, other), 0, "getdomaininfo");
	check(d.u.getdomaininfo.flags & XEN_DOMINF_debugged, "tells of it");
	clear_domctl(0);
	check_eq(domctl(XEN_DOMCTL_getdomaininfo, other + 1), -ESRCH, "no domain behind it");

	clear_domctl(0xff);
	check_eq(domctl(XEN_DOMCTL_set_virq_handler, other), -EINVAL, "no such VIRQ");
	d.u.set_virq_handler.virq = VIRQ_TIMER;
	check_eq(domctl(XEN_DOMCTL_set_virq_handler, other), -EINVAL, "one that is not global");
}

static long nodes(unsigned int cmd, uint32_t bits, void *map)
{
	clear_domctl(0);
	d.u.nodeaffinity.nodemap.nr_bits = bits;
	set_xen_guest_handle(d.u.nodeaffinity.nodemap.bitmap, (uint8_t *)map);
	return domctl(cmd, other);
}

static void check_nodes(void)
{
	page[0] = 0;
	check_eq(nodes(XEN_DOMCTL_setnodeaffinity, 64, page), -EINVAL, "no node");
	page[0] = 2;
	check_eq(nodes(XEN_DOMCTL_setnodeaffinity, 64, page), -EINVAL, "a node that is not there");
	page[0] = 3;
	check_eq(nodes(XEN_DOMCTL_setnodeaffinity, 64, page), 0, "one that is, and more");
	check_eq(nodes(XEN_DOMCTL_setnodeaffinity, 64, (void *)HYPERVISORS_OWN), -EFAULT, "bad pointer");
	check_eq(nodes(XEN_DOMCTL_setnodeaffinity, ~0U, (void *)HYPERVISORS_OWN), -EINVAL,
		"the largest number of bits is none");
	page[0] = 0;
	check_eq(nodes(XEN_DOMCTL_getnodeaffinity, 64, page), 0, "getnodeaffinity");
	check_eq(page[0], 3, "gives back what was set");
	check_eq(nodes(XEN_DOMCTL_getnodeaffinity, 64, (void *)HYPERVISORS_OWN), -EFAULT, "bad pointer");
	page[0] = ~0UL;
	check_eq(nodes(XEN_DOMCTL_setnodeaffinity, 64, page), 0, "all nodes");
}

void guest_main(void)
{
	check_create();
	check_refused();
	check_rights();
	check_vcpus();
	check_domain();
	check_nodes();
	check_sysctls();
	clear_domctl(0);
	check_eq(domctl(XEN_DOMCTL_destroydomain, MY_ID), -EINVAL, "destroydomain on oneself");
	check_eq(domctl(XEN_DOMCTL_destroydomain, other), 0, "the end");
}
