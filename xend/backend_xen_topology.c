/* SPDX-License-Identifier: GPL-2.0-only */
/* backend_xen_topology.c: which CPU, memory and PCI device is on which node, as `xm info -n` shows it. */
#include "xend/backend_xen.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <xenctrl.h>

#define PCI_DEVICES "/sys/bus/pci/devices"
#define PCI_MAX	    4096
#define CPUS_MAX    4096
#define NODES_MAX   64

static void add_int(struct json_object *o, const char *key, int64_t value)
{
	json_object_object_add(o, key, json_object_new_int64(value));
}

static int add_cpus(struct backend *be, struct json_object *into)
{
	struct json_object *list = json_object_new_array(), *o;
	xc_cputopo_t *topo = calloc(CPUS_MAX, sizeof(*topo));
	int n = topo ? xc_cputopoinfo(be->xch, CPUS_MAX, topo) : -1, err = errno;

	json_object_object_add(into, "cpu_topology", list);
	for (int i = 0; i < n && i < CPUS_MAX; i++) {
		if (topo[i].core == XEN_INVALID_CORE_ID)
			continue;
		o = json_object_new_object();
		add_int(o, "cpu", i);
		add_int(o, "core", topo[i].core);
		add_int(o, "socket", topo[i].socket);
		add_int(o, "node", topo[i].node);
		json_object_array_add(list, o);
	}
	free(topo);
	return n < 0 ? -err : 0;
}

static int add_nodes(struct backend *be, struct json_object *into)
{
	struct json_object *list = json_object_new_array(), *o, *distances;
	xc_meminfo_t mem[NODES_MAX];
	uint32_t (*distance)[NODES_MAX] = calloc(NODES_MAX, sizeof(*distance));
	int n = distance ? xc_numainfo(be->xch, NODES_MAX, mem, distance[0]) : -1, err = errno;

	json_object_object_add(into, "numa_info", list);
	for (int i = 0; i < n && i < NODES_MAX; i++) {
		if (mem[i].memsize == XEN_INVALID_MEM_SZ)
			continue;
		o = json_object_new_object();
		add_int(o, "node", i);
		add_int(o, "memsize", (int64_t)(mem[i].memsize >> 20));
		add_int(o, "memfree", (int64_t)(mem[i].memfree >> 20));
		distances = json_object_new_array();
		for (int to = 0; to < n && to < NODES_MAX; to++)
			json_object_array_add(distances, json_object_new_int64(distance[i][to]));
		json_object_object_add(o, "distances", distances);
		json_object_array_add(list, o);
	}
	free(distance);
	return n < 0 ? -err : 0;
}

static unsigned int read_pci(physdev_pci_device_t *devs)
{
	DIR *dir = opendir(PCI_DEVICES);
	unsigned int count = 0, seg, bus, dev, fn;
	struct dirent *e;

	while (dir && count < PCI_MAX && (e = readdir(dir))) {
		if (sscanf(e->d_name, "%x:%x:%x.%x", &seg, &bus, &dev, &fn) != 4)
			continue;
		devs[count++] = (physdev_pci_device_t){ .seg = (uint16_t)seg, .bus = (uint8_t)bus,
			.devfn = (uint8_t)(dev << 3 | fn) };
	}
	if (dir)
		closedir(dir);
	return count;
}

/* The hypervisor does some of them in each call, and says how many. */
static int ask_pci(struct backend *be, physdev_pci_device_t *devs, uint32_t *nodes, unsigned int count)
{
	struct xen_sysctl op;

	for (unsigned int done = 0; done < count; done += op.u.pcitopoinfo.num_devs) {
		op = (struct xen_sysctl){ .cmd = XEN_SYSCTL_pcitopoinfo,
			.u.pcitopoinfo.num_devs = count - done };
		set_xen_guest_handle(op.u.pcitopoinfo.devs, devs + done);
		set_xen_guest_handle(op.u.pcitopoinfo.nodes, nodes + done);
		if (xc_sysctl(be->xch, &op))
			return -errno;
		if (!op.u.pcitopoinfo.num_devs)
			return -EIO;
	}
	return 0;
}

static int pci_order(const void *a, const void *b)
{
	const physdev_pci_device_t *x = a, *y = b;

	return x->seg != y->seg ? x->seg - y->seg : x->bus != y->bus ? x->bus - y->bus : x->devfn - y->devfn;
}

/* Only those whose node is known. */
static int add_pci(struct backend *be, struct json_object *into)
{
	struct json_object *list = json_object_new_array(), *o;
	const size_t devs_size = PCI_MAX * sizeof(physdev_pci_device_t), nodes_size = PCI_MAX * sizeof(uint32_t);
	physdev_pci_device_t *devs = xc_buffer_alloc(be->xch, devs_size);
	uint32_t *nodes = xc_buffer_alloc(be->xch, nodes_size);
	unsigned int count = 0;
	char name[24];
	int rc = devs && nodes ? 0 : -ENOMEM;

	json_object_object_add(into, "pci_topology", list);
	if (!rc) {
		count = read_pci(devs);
		qsort(devs, count, sizeof(*devs), pci_order);
		rc = ask_pci(be, devs, nodes, count);
	}
	for (unsigned int i = 0; !rc && i < count; i++) {
		if (nodes[i] == XEN_INVALID_NODE_ID || nodes[i] == XEN_INVALID_DEV)
			continue;
		snprintf(name, sizeof(name), "%04x:%02x:%02x.%x", devs[i].seg, devs[i].bus, devs[i].devfn >> 3,
			devs[i].devfn & 7);
		o = json_object_new_object();
		json_object_object_add(o, "device", json_object_new_string(name));
		add_int(o, "node", nodes[i]);
		json_object_array_add(list, o);
	}
	if (devs)
		xc_buffer_free(be->xch, devs, devs_size);
	if (nodes)
		xc_buffer_free(be->xch, nodes, nodes_size);
	return rc;
}

int be_topology(struct backend *be, struct json_object *into)
{
	int rc = add_cpus(be, into);

	if (!rc)
		rc = add_pci(be, into);
	return rc ? rc : add_nodes(be, into);
}
