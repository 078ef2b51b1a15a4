/* SPDX-License-Identifier: GPL-2.0-only */
/* platform: physdev_op, platform_op and PCI configuration ports as dom0 uses them. With the devices
 * of run.py (edu: MSI; virtio-rng: MSI-X) interrupts are really raised. */
#include <xen/physdev.h>
#include <xen/platform.h>
#include <xen/version.h>
#include "guest.h"

#define EPERM 1
#define ESRCH 3
#define EACCES 13
#define EFAULT 14
#define EBUSY 16
#define EEXIST 17
#define ENODEV 19
#define EINVAL 22
#define EDOM 33
#define ERANGE 34
#define ENOSYS 38
#define EOPNOTSUPP 95

#define HYPERVISORS_OWN 0xffff830000000000UL
#define SIZE(a) (sizeof(a) / sizeof((a)[0]))

static uint8_t arg[256] __attribute__((aligned(64)));
static uint8_t window[4096] __attribute__((aligned(4096)));

static long physdev(unsigned int cmd, void *a)
{
	return hypercall2(__HYPERVISOR_physdev_op, cmd, a);
}

/* --- ports ------------------------------------------------------------------------------------------- */

static void outl(uint32_t v, uint16_t port) { __asm__ __volatile__("outl %0, %1" : : "a"(v), "d"(port)); }
static void outw(uint16_t v, uint16_t port) { __asm__ __volatile__("outw %0, %1" : : "a"(v), "d"(port)); }
static void outb(uint8_t v, uint16_t port) { __asm__ __volatile__("outb %0, %1" : : "a"(v), "d"(port)); }

static uint32_t inl(uint16_t port)
{
	uint32_t v;

	__asm__ __volatile__("inl %1, %0" : "=a"(v) : "d"(port));
	return v;
}

static uint16_t inw(uint16_t port)
{
	uint16_t v;

	__asm__ __volatile__("inw %1, %0" : "=a"(v) : "d"(port));
	return v;
}

static uint8_t inb(uint16_t port)
{
	uint8_t v;

	__asm__ __volatile__("inb %1, %0" : "=a"(v) : "d"(port));
	return v;
}

static void address(uint8_t devfn, uint8_t reg)
{
	outl(0x80000000U | devfn << 8 | (reg & 0xfc), 0xcf8);
}

static uint32_t conf(uint8_t devfn, uint8_t reg)
{
	address(devfn, reg);
	return inl(0xcfc);
}

static void set_conf(uint8_t devfn, uint8_t reg, uint16_t v)
{
	address(devfn, reg);
	outw(v, 0xcfc + (reg & 2));
}

static void check_ports(void)
{
	struct physdev_set_iopl iopl = { 4 };
	struct physdev_set_iobitmap bitmap = { .nr_ports = 65537 };
	uint32_t id;

	check_eq(physdev(PHYSDEVOP_set_iopl, (void *)HYPERVISORS_OWN), -EFAULT, "set_iopl: bad pointer");
	check_eq(physdev(PHYSDEVOP_set_iopl, &iopl), -EINVAL, "no such level");
	iopl.iopl = 1;
	check_eq(physdev(PHYSDEVOP_set_iopl, &iopl), 0, "ports for the kernel");
	check_eq(physdev(PHYSDEVOP_set_iobitmap, &bitmap), -EINVAL, "more ports than there are");
	bitmap.nr_ports = 0;
	set_xen_guest_handle(bitmap.bitmap, (uint8_t *)HYPERVISORS_OWN);
	check_eq(physdev(PHYSDEVOP_set_iobitmap, &bitmap), -EINVAL, "a bitmap in the hypervisor");
	set_xen_guest_handle(bitmap.bitmap, NULL);
	check_eq(physdev(PHYSDEVOP_set_iobitmap, &bitmap), 0, "no bitmap");

	id = conf(0, 0);
	check_eq(inl(0xcf8), 0x80000000U, "the address is read back");
	check_eq(id & 0xffff, 0x8086, "the host bridge");
	check_eq(inw(0xcfc), id & 0xffff, "its first word");
	check_eq(inw(0xcfe), id >> 16, "its second");
	check_eq(inb(0xcff), id >> 24, "its last byte");
	check_eq(inl(0xcfd) >> 16, id >> 24 | 0xff00, "a double word beyond the end");
	check_eq(inl(0xcfb) >> 8, id & 0xffffff, "one that begins before");
	check_eq(inw(0xcff), id >> 24 | 0xff00, "a word beyond the end");
	check_eq(inb(0x20), 0xff, "the interrupt controller is not ours");
	check_eq(inw(0x1f), 0xffff, "nor what reaches into it");
}

/* --- interrupts --------------------------------------------------------------------------------------- */

static long map(int type, int index, int *pirq)
{
	struct physdev_map_pirq m = { .domid = DOMID_SELF, .type = type, .index = index, .pirq = *pirq };
	long rc = physdev(PHYSDEVOP_map_pirq, &m);

	*pirq = m.pirq;
	return rc;
}

static long map_to(int type, int index, int pirq)
{
	return map(type, index, &pirq);
}

static long unmap(int pirq)
{
	struct physdev_unmap_pirq u = { .domid = DOMID_SELF, .pirq = pirq };

	return physdev(PHYSDEVOP_unmap_pirq, &u);
}

static long bind(int pirq, evtchn_port_t *port)
{
	struct evtchn_bind_pirq b = { .pirq = pirq };
	long rc = hypercall2(__HYPERVISOR_event_channel_op, EVTCHNOP_bind_pirq, &b);

	*port = b.port;
	return rc;
}

static void close_port(evtchn_port_t port)
{
	struct evtchn_close c = { port };

	check_eq(hypercall2(__HYPERVISOR_event_channel_op, EVTCHNOP_close, &c), 0, "close");
}

static long eoi(unsigned int pirq)
{
	struct physdev_eoi e = { pirq };

	return physdev(PHYSDEVOP_eoi, &e);
}

static long setup_gsi(int gsi)
{
	struct physdev_setup_gsi s = { .gsi = gsi };

	return physdev(PHYSDEVOP_setup_gsi, &s);
}

static void check_gsi(void)
{
	struct physdev_irq_status_query q = { .irq = 100000 };
	struct physdev_map_pirq m = { .domid = 999, .type = MAP_PIRQ_TYPE_GSI, .index = 6, .pirq = 6 };
	struct physdev_unmap_pirq u = { .domid = 999, .pirq = 6 };
	evtchn_port_t port, unused;
	int pirq = -1;

	check_eq(physdev(PHYSDEVOP_map_pirq, &m), -ESRCH, "map_pirq: no such domain");
	check_eq(map_to(MAP_PIRQ_TYPE_UNKNOWN, 6, 6), -EINVAL, "no type");
	check_eq(map_to(77, 6, 6), -EINVAL, "no such type");
	check_eq(map_to(MAP_PIRQ_TYPE_GSI, -1, -1), -EINVAL, "no line");
	check_eq(map_to(MAP_PIRQ_TYPE_GSI, 100000, -1), -EINVAL, "no such line");
	check_eq(map_to(MAP_PIRQ_TYPE_GSI, 0, 0), -EPERM, "the timer's");
	check_eq(bind(6, &port), -EPERM, "bind_pirq: not mapped");
	check_eq(eoi(6), -EINVAL, "eoi: not mapped");
	check_eq(map_to(MAP_PIRQ_TYPE_GSI, 6, 6), 0, "a line");
	check_eq(map_to(MAP_PIRQ_TYPE_GSI, 6, 6), 0, "again");
	check_eq(map_to(MAP_PIRQ_TYPE_GSI, 6, 7), -EEXIST, "elsewhere");
	check_eq(map_to(MAP_PIRQ_TYPE_GSI, 7, 6), 0, "another there: nothing happens");
	check_eq(map(MAP_PIRQ_TYPE_GSI, 6, &pirq), 0, "where it is");
	check_eq(pirq, 6, "is told");
	check_eq(map_to(MAP_PIRQ_TYPE_GSI, 7, 100000), -EINVAL, "no such number");
	check_eq(eoi(6), 0, "eoi");
	check_eq(eoi(100000), -EINVAL, "eoi: no such number");
	check_eq(physdev(PHYSDEVOP_irq_status_query, &q), -EINVAL, "status: no such number");
	q.irq = 6;
	check_eq(physdev(PHYSDEVOP_irq_status_query, &q), 0, "status");
	check_eq(q.flags, XENIRQSTAT_needs_eoi, "wants an EOI");
	check_eq(bind(6, &port), 0, "bind_pirq");
	check_eq(bind(6, &unused), -EEXIST, "once");
	check_eq(bind(100000, &unused), -EINVAL, "no such number");
	close_port(port);
	check_eq(physdev(PHYSDEVOP_unmap_pirq, &u), -ESRCH, "unmap_pirq: no such domain");
	check_eq(unmap(-1), -EINVAL, "no number");
	check_eq(unmap(9), -EINVAL, "not mapped");
	check_eq(unmap(6), 0, "unmap");

	check_eq(setup_gsi(-1), -EINVAL, "setup_gsi: no line");
	check_eq(setup_gsi(100000), -EINVAL, "no such line");
	check_eq(setup_gsi(0), -EEXIST, "the timer's");
	check_eq(setup_gsi(6), 0, "a line");
	check_eq(setup_gsi(6), -EEXIST, "once");
}

static void check_numbers(void)
{
	struct physdev_get_free_pirq a = { .type = MAP_PIRQ_TYPE_MSI }, b = a, c = { .type = MAP_PIRQ_TYPE_GSI };
	struct physdev_apic apic = { .apic_physbase = 0xfec00000, .reg = 1 };
	struct physdev_irq vector = { .irq = 5 };

	check_eq(physdev(PHYSDEVOP_get_free_pirq, &a), 0, "get_free_pirq");
	check_eq(physdev(PHYSDEVOP_get_free_pirq, &b), 0, "another");
	check_eq(b.pirq, a.pirq - 1, "counting down");
	check_eq(physdev(PHYSDEVOP_get_free_pirq, &c), 0, "one for a line");
	check_eq(c.pirq, 16, "counting up");
	check_eq(physdev(PHYSDEVOP_apic_read, &apic), 0, "apic_read");
	check_eq(apic.value >> 16 & 0xff, 23, "has 24 inputs");
	check_eq(physdev(PHYSDEVOP_apic_write, &apic), 0, "apic_write");
	apic.apic_physbase = 0xfec01000;
	check_eq(physdev(PHYSDEVOP_apic_read, &apic), -EINVAL, "apic_read: nowhere");
	check_eq(physdev(PHYSDEVOP_apic_write, &apic), -EINVAL, "apic_write: nowhere");
	check_eq(physdev(PHYSDEVOP_alloc_irq_vector, &vector), 0, "alloc_irq_vector");
	check_eq(vector.vector, 5, "is a dummy");
	check_eq(physdev(PHYSDEVOP_free_irq_vector, &vector), -ENOSYS, "free_irq_vector");
}

/* --- PCI devices ---------------------------------------------------------------------------------------- */

static int find_device(uint32_t id)
{
	int devfn;

	for (devfn = 0; devfn < 256; devfn += 8)
		if (conf(devfn, 0) == id)
			return devfn;
	return -1;
}

static unsigned int find_cap(uint8_t devfn, uint8_t id)
{
	unsigned int pos = conf(devfn, 0x34) & 0xfc, n;

	for (n = 0; pos && n < 48; n++) {
		uint32_t v = conf(devfn, pos);

		if ((v & 0xff) == id)
			return pos;
		pos = v >> 8 & 0xfc;
	}
	return 0;
}

static long device_op(unsigned int cmd, uint16_t seg, uint8_t devfn)
{
	struct physdev_pci_device dev = { .seg = seg, .devfn = devfn };

	memset(arg, 0, sizeof(arg)); /* pci_device_add takes more */
	memcpy(arg, &dev, sizeof(dev));
	return physdev(cmd, arg);
}

static long map_msi(int type, uint8_t devfn, int nr, uint64_t table, int *pirq)
{
	struct physdev_map_pirq m = { .domid = DOMID_SELF, .type = type, .index = -1, .pirq = -1,
		.devfn = devfn, .entry_nr = nr, .table_base = table };
	long rc = physdev(PHYSDEVOP_map_pirq, &m);

	*pirq = m.pirq;
	return rc;
}

static void check_bookkeeping(void)
{
	struct physdev_manage_pci pci = { .bus = 7, .devfn = 8 };
	struct physdev_manage_pci_ext ext = { .bus = 7, .devfn = 9, .is_extfn = 2 };

	check_eq(device_op(PHYSDEVOP_pci_device_remove, 5, 1), -ENODEV, "remove: not known");
	check_eq(device_op(PHYSDEVOP_pci_device_add, 5, 1), 0, "pci_device_add");
	check_eq(device_op(PHYSDEVOP_pci_device_add, 5, 1), 0, "again");
	check_eq(device_op(PHYSDEVOP_pci_device_remove, 5, 2), -ENODEV, "remove another");
	check_eq(device_op(PHYSDEVOP_pci_device_remove, 5, 1), 0, "pci_device_remove");
	check_eq(physdev(PHYSDEVOP_manage_pci_remove, &pci), -ENODEV, "manage_pci_remove: not known");
	check_eq(physdev(PHYSDEVOP_manage_pci_add, &pci), 0, "manage_pci_add");
	check_eq(physdev(PHYSDEVOP_manage_pci_remove, &pci), 0, "manage_pci_remove");
	check_eq(physdev(PHYSDEVOP_manage_pci_add_ext, &ext), -EINVAL, "manage_pci_add_ext: no such flag");
	ext.is_extfn = 1;
	check_eq(physdev(PHYSDEVOP_manage_pci_add_ext, &ext), 0, "manage_pci_add_ext");
	check_eq(device_op(PHYSDEVOP_restore_msi_ext, 0, 0xf8), -ENODEV, "restore_msi_ext: not known");
	check_eq(device_op(PHYSDEVOP_prepare_msix, 0, 0xf8), -ENODEV, "prepare_msix: not known");
	check_eq(device_op(PHYSDEVOP_release_msix, 0, 0xf8), -ENODEV, "release_msix: not known");
}

static void *map_device(uint64_t at)
{
	if (map_va(window, L1E(at >> 12, F_RWX | 0x10)))
		return NULL;
	return window + (at & 0xfff);
}

static bool wait_for(evtchn_port_t port)
{
	unsigned int i;

	for (i = 0; i < 100000; i++) {
		if (shared->evtchn_pending[port / 64] >> port % 64 & 1)
			return true;
		hypercall2(__HYPERVISOR_sched_op, SCHEDOP_yield, NULL);
	}
	return false;
}

/* QEMU's edu device: a store to 0x60 raises its interrupt, to 0x64 ends it. */
static void check_msi(void)
{
	int devfn = find_device(0x11e81234), pirq;
	volatile uint32_t *regs;
	evtchn_port_t port;
	unsigned int cap;

	if (devfn < 0) {
		print("# no edu device: MSI not tried\n");
		return;
	}
	cap = find_cap(devfn, 5);
	check_eq(map_msi(MAP_PIRQ_TYPE_MSI, devfn, 0, 0, &pirq), -ENODEV, "MSI: dom0 did not report it");
	check_eq(device_op(PHYSDEVOP_restore_msi_ext, 0, devfn), -ENODEV, "nothing to restore");
	check_eq(device_op(PHYSDEVOP_pci_device_add, 0, devfn), 0, "reported");
	check_eq(map_msi(MAP_PIRQ_TYPE_MULTI_MSI, devfn, 0, 0, &pirq), -EDOM, "multi-MSI: none");
	check_eq(map_msi(MAP_PIRQ_TYPE_MULTI_MSI, devfn, 33, 0, &pirq), -EDOM, "too many");
	check_eq(map_msi(MAP_PIRQ_TYPE_MULTI_MSI, devfn, 2, 0, &pirq), -EOPNOTSUPP, "two");
	check_eq(map_msi(MAP_PIRQ_TYPE_MULTI_MSI, devfn, 1, 0x1000, &pirq), -EINVAL, "of a table");
	check_eq(map_msi(MAP_PIRQ_TYPE_MSI, devfn, 0, 0x1000, &pirq), -ENODEV, "MSI-X it has not got");
	set_conf(devfn, 4, 6); /* memory, bus master */
	check_eq(map_msi(MAP_PIRQ_TYPE_MSI_SEG, devfn, 0, 0, &pirq), 0, "MSI");
	check(pirq >= 16, "has a number");
	check_eq(bind(pirq, &port), 0, "bind_pirq");
	set_conf(devfn, cap + 2, (conf(devfn, cap) >> 16) | 1);
	regs = map_device(conf(devfn, 0x10) & ~0xfU);
	if (!check(regs != NULL, "its registers"))
		return;
	regs[0x60 / 4] = 1;
	check(wait_for(port), "an interrupt comes");
	regs[0x64 / 4] = 1;
	check_eq(eoi(pirq), 0, "eoi");
	check_eq(device_op(PHYSDEVOP_restore_msi_ext, 0, devfn), 0, "restore_msi_ext");
	close_port(port);
	check_eq(unmap(pirq), 0, "unmap");
	map_va(window, 0);
}

static void check_msix(void)
{
	int devfn = find_device(0x10051af4), pirq, second;
	uint32_t control;
	unsigned int cap;
	uint64_t table;

	if (devfn < 0) {
		print("# no virtio-rng device: MSI-X not tried\n");
		return;
	}
	cap = find_cap(devfn, 0x11);
	check_eq(device_op(PHYSDEVOP_pci_device_add, 0, devfn), 0, "reported");
	set_conf(devfn, 4, 6);
	table = (conf(devfn, 0x10 + (conf(devfn, cap + 4) & 7) * 4) & ~0xfU) + (conf(devfn, cap + 4) & ~7U);
	check_eq(device_op(PHYSDEVOP_release_msix, 0, devfn), -EBUSY, "release_msix: not prepared");
	check_eq(device_op(PHYSDEVOP_prepare_msix, 0, devfn), 0, "prepare_msix");
	check_eq(device_op(PHYSDEVOP_prepare_msix, 0, devfn), -EBUSY, "once");
	check_eq(device_op(PHYSDEVOP_release_msix, 0, devfn), 0, "release_msix");
	map_device(table);
	check(*l1e_of(window) & F_RW, "the table is ours to write");
	map_va(window, 0);
	check_eq(map_msi(MAP_PIRQ_TYPE_MSI_SEG, devfn, 2000, table, &pirq), -EINVAL, "no such entry");
	check_eq(map_msi(MAP_PIRQ_TYPE_MSI_SEG, devfn, 0, table, &pirq), 0, "MSI-X");
	check_eq(map_msi(MAP_PIRQ_TYPE_MSI_SEG, devfn, 1, table, &second), 0, "another entry");
	check(pirq != second, "has another number");
	check(map_device(table) != NULL, "the table can be mapped");
	check(!(*l1e_of(window) & F_RW), "but not for writing");
	map_va(window, 0);
	control = conf(devfn, cap);
	address(devfn, cap);
	outb(control >> 24 ^ 0x40, 0xcff);
	check_eq(conf(devfn, cap), control, "a byte of the control word is not written");
	set_conf(devfn, cap + 2, control >> 16 | 0x8000);
	check_eq(conf(devfn, cap) >> 31, 1, "all of it is");
	check_eq(unmap(pirq), 0, "unmap one");
	check_eq(unmap(second), 0, "unmap the other");
	check(map_device(table) != NULL, "the table can be mapped");
	check(*l1e_of(window) & F_RW, "for writing again");
	map_va(window, 0);
}

/* Packaged Xen does not survive it. */
static bool may_be_wild(void)
{
	xen_extraversion_t extra;

	return !hypercall2(__HYPERVISOR_xen_version, XENVER_extraversion, extra) && !memcmp(extra, ".0-pv", 6);
}

static void set_conf32(uint8_t devfn, uint8_t reg, uint32_t v)
{
	address(devfn, reg);
	outl(v, 0xcfc);
}

/* The table is where no address of the machine's is. */
static void check_msix_nowhere(void)
{
	int devfn = find_device(0x000d1b36), pirq;
	uint32_t high;

	if (devfn < 0 || !may_be_wild()) {
		print("# no xHCI, or one that must not be moved\n");
		return;
	}
	check_eq(device_op(PHYSDEVOP_pci_device_add, 0, devfn), 0, "reported");
	check((conf(devfn, 0x10) & 6) == 4, "its registers have an address of 64 bits");
	high = conf(devfn, 0x14);
	set_conf32(devfn, 0x14, 0xffffffff);
	set_conf(devfn, 4, 2);
	check_eq(map_msi(MAP_PIRQ_TYPE_MSI_SEG, devfn, 0, 0x1000, &pirq), -EINVAL, "MSI-X beyond all addresses");
	set_conf(devfn, 4, 0);
	set_conf32(devfn, 0x14, high);
	set_conf(devfn, 4, 6);
	check_eq(map_msi(MAP_PIRQ_TYPE_MSI_SEG, devfn, 0, 0x1000, &pirq), 0, "MSI-X where it was");
	check_eq(unmap(pirq), 0, "unmap");
}

static void check_rest(void)
{
	struct physdev_pci_mmcfg_reserved m = { .address = 0x1000, .flags = 2 };
	struct physdev_dbgp_op d = { .op = PHYSDEVOP_DBGP_RESET_PREPARE };

	check_eq(physdev(PHYSDEVOP_pci_mmcfg_reserved, &m), -EINVAL, "pci_mmcfg_reserved: no such flag");
	m.flags = XEN_PCI_MMCFG_RESERVED;
	check_eq(physdev(PHYSDEVOP_pci_mmcfg_reserved, &m), -ENODEV, "no such window");
	check_eq(physdev(PHYSDEVOP_dbgp_op, &d), 0, "dbgp_op");
	check_eq(physdev(PHYSDEVOP_dbgp_op, (void *)HYPERVISORS_OWN), -EFAULT, "dbgp_op: bad pointer");
	check_eq(physdev(PHYSDEVOP_IRQ_UNMASK_NOTIFY, NULL), 0, "unmask_notify");
	check_eq(physdev(99, &m), -ENOSYS, "no such physdev_op");
}

/* --- platform_op ----------------------------------------------------------------------------------------- */

static struct xen_platform_op op;

static long platform(unsigned int cmd)
{
	op.cmd = cmd;
	op.interface_version = XENPF_INTERFACE_VERSION;
	return hypercall1(__HYPERVISOR_platform_op, &op);
}

static const struct { uint8_t cmd; int8_t byte; int16_t want; const char *what; } platform_rows[] = {
	{ 0, 0, -ENOSYS, "no such platform_op" },
	{ XENPF_add_memtype, 0, -EINVAL, "add_memtype: nothing" },
	{ XENPF_add_memtype, -1, -EINVAL, "add_memtype: no such type" },
	{ XENPF_del_memtype, -1, -EINVAL, "del_memtype: no such register" },
	{ XENPF_read_memtype, 0, 0, "read_memtype" },
	{ XENPF_read_memtype, -1, -EINVAL, "read_memtype: no such register" },
	{ XENPF_microcode_update, 0, -EINVAL, "microcode_update: nothing" },
	{ XENPF_platform_quirk, 0, -EINVAL, "no such quirk" },
	{ XENPF_platform_quirk, -1, -EINVAL, "nor this" },
	{ XENPF_firmware_info, -1, -EINVAL, "firmware_info: no such kind" },
	{ XENPF_change_freq, 0, -ENOSYS, "change_freq" },
	{ XENPF_getidletime, 0, -ENOSYS, "getidletime" },
	{ XENPF_set_processor_pminfo, -1, -EINVAL, "set_processor_pminfo: no such kind" },
	{ XENPF_get_cpuinfo, 0, 0, "get_cpuinfo" },
	{ XENPF_cpu_hotadd, 0, -EEXIST, "cpu_hotadd: is there" },
	{ XENPF_cpu_hotadd, -1, -EINVAL, "cpu_hotadd: no such CPU" },
	{ XENPF_mem_hotadd, 0, -EINVAL, "mem_hotadd: nothing" },
	{ XENPF_mem_hotadd, -1, -EINVAL, "mem_hotadd: nowhere" },
	{ XENPF_core_parking, 0, -EINVAL, "core_parking: no such operation" },
	{ XENPF_resource_op, 0, 0, "resource_op: nothing to do" },
	{ XENPF_resource_op, -1, -EINVAL, "resource_op: too much" },
	{ XENPF_get_symbol, -1, -ERANGE, "get_symbol: behind the last" },
	{ 64, 0, -ENOSYS, "behind the last" },
};

static void check_platform(void)
{
	unsigned int i;

	check_eq(hypercall1(__HYPERVISOR_platform_op, HYPERVISORS_OWN), -EFAULT, "platform_op: bad pointer");
	memset(&op, 0, sizeof(op));
	check_eq(hypercall1(__HYPERVISOR_platform_op, &op), -EACCES, "platform_op: another version");
	for (i = 0; i < SIZE(platform_rows); i++) {
		memset(&op, platform_rows[i].byte, sizeof(op));
		check_eq(platform(platform_rows[i].cmd), platform_rows[i].want, platform_rows[i].what);
	}
	memset(&op, 0, sizeof(op));
	op.u.platform_quirk.quirk_id = QUIRK_IOAPIC_GOOD_REGSEL;
	check_eq(platform(XENPF_platform_quirk), 0, "a quirk");
	memset(&op, 0, sizeof(op));
	op.u.pcpu_info.xen_cpuid = 77;
	check_eq(platform(XENPF_get_cpuinfo), 0, "get_cpuinfo of no CPU");
	check_eq(op.u.pcpu_info.flags, XEN_PCPU_FLAGS_INVALID, "says so");
	check_eq(op.u.pcpu_info.max_present, 1, "and how many there are");
	memset(&op, 0, sizeof(op));
	op.u.settime64.mbz = 1;
	check_eq(platform(XENPF_settime64), -EINVAL, "settime64: what must be 0");
}

void guest_main(void)
{
	check_ports();
	check_gsi();
	check_numbers();
	check_bookkeeping();
	check_msi();
	check_msix();
	check_msix_nowhere();
	check_rest();
	check_platform();
}
