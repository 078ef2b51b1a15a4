/* SPDX-License-Identifier: MIT */
/* dom_build.c: the order in which a guest is built. Everything about the files is checked before
 * the domain gets its first page. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dom.h"

/* ---- progress -------------------------------------------------------------------------------- */

static const struct {
	const char *name;
	int from, to; /* percent of the whole, from measured builds */
} steps[] = {
	[STEP_KERNEL] = { "unpacking the kernel", 0, 90 },
	[STEP_MEMORY] = { "getting memory", 90, 91 },
	[STEP_LOAD] = { "loading the kernel", 91, 95 },
	[STEP_RAMDISK] = { "loading the ramdisk", 95, 97 },
	[STEP_TABLES] = { "making page tables", 97, 99 },
	[STEP_START] = { "starting", 99, 100 },
};

int dom_progress(struct dom *d, enum dom_step step, uint64_t done, uint64_t total)
{
	int percent = steps[step].to;

	if (!d->params->progress)
		return 0;
	if (done < total)
		percent = steps[step].from +
			  (int)((uint64_t)(steps[step].to - steps[step].from) * done / total);
	if (d->said_something && percent == d->last_percent)
		return 0;
	d->said_something = true;
	d->last_percent = percent;
	return d->params->progress(d->params->opaque, steps[step].name, percent) ? -ECANCELED : 0;
}

static int unpack_tick(void *opaque, size_t size, size_t expected)
{
	return dom_progress(opaque, STEP_KERNEL, size, expected);
}

/* ---- files ----------------------------------------------------------------------------------- */

/* image->text: why, with the file's name. */
static int open_ramdisk(struct dom *d)
{
	struct image *image = &d->image;
	const char *path = d->params->ramdisk;
	struct stat st;

	if (!path)
		return 0;
	d->ramdisk_fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (d->ramdisk_fd < 0 || fstat(d->ramdisk_fd, &st) < 0)
		return image_fail(image, -errno, "%.100s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return image_fail(image, -EINVAL, "%.100s: not a regular file", path);
	d->ramdisk_bytes = (uint64_t)st.st_size;
	return 0;
}

static int check_params(struct dom *d)
{
	const struct xc_dom_params *p = d->params;

	if (!p->kernel)
		return image_fail(&d->image, -EINVAL, "no kernel given");
	if (p->cmdline && strlen(p->cmdline) >= MAX_GUEST_CMDLINE)
		return image_fail(&d->image, -EINVAL, "kernel command line of %zu bytes, at most %d",
				  strlen(p->cmdline), MAX_GUEST_CMDLINE - 1);
	if (p->memory_kib == 0 || p->memory_kib % 4 || p->memory_kib / 4 > DOM_PAGES_MAX ||
	    (p->maxmem_kib && (p->maxmem_kib < p->memory_kib ||
			       p->maxmem_kib / 4 > DOM_PAGES_MAX)))
		return image_fail(&d->image, -EINVAL, "memory of %llu KiB, maximum %llu KiB",
				  (unsigned long long)p->memory_kib,
				  (unsigned long long)p->maxmem_kib);
	d->total_pages = p->memory_kib / 4;
	return 0;
}

/* All that can be said without a domain. */
static int check_images(struct dom *d)
{
	struct image *image = &d->image;
	char why[sizeof(image->text)];
	int rc = check_params(d);

	if (rc == 0)
		rc = open_ramdisk(d);
	if (rc < 0)
		return rc;
	image->elf.tick = unpack_tick;
	image->elf.opaque = d;
	rc = image_load_file(image, d->params->kernel);
	if (rc == 0)
		rc = dom_layout_compute(image, d->total_pages, d->ramdisk_bytes, &d->layout);
	if (rc < 0) {
		memcpy(why, image->text, sizeof(why));
		image_fail(image, rc, "%.80s: %.75s", d->params->kernel, why);
	}
	return rc;
}

static void dom_release(struct dom *d)
{
	if (d->ramdisk_fd >= 0)
		close(d->ramdisk_fd);
	free(d->p2m);
	image_free(&d->image);
}

int xc_dom_check_images(const struct xc_dom_params *params, char *text, size_t size)
{
	struct xc_dom_params quiet = *params;
	struct dom d = { .params = &quiet, .ramdisk_fd = -1 };
	int rc;

	quiet.progress = NULL;
	rc = check_images(&d);
	if (size)
		snprintf(text, size, "%s", rc < 0 ? d.image.text : "");
	dom_release(&d);
	if (rc < 0)
		errno = -rc;
	return rc < 0 ? -1 : 0;
}

int xc_dom_unpack(const void *kernel, size_t kernel_size, size_t limit, void **ret_elf, size_t *ret_size,
		  char *text, size_t size)
{
	struct image image = { .elf.limit = limit };
	int rc = image_load_memory(&image, kernel, kernel_size);

	if (size)
		snprintf(text, size, "%s", rc < 0 ? image.text : "");
	if (rc < 0) {
		image_free(&image);
		errno = -rc;
		return -1;
	}
	*ret_elf = image.elf.data;
	*ret_size = image.elf.size;
	return 0;
}

/* ---- building -------------------------------------------------------------------------------- */

static int find_shared_info(struct dom *d)
{
	struct xen_domctl op = { .cmd = XEN_DOMCTL_getdomaininfo, .domain = (domid_t)d->domid };
	int rc = do_domctl(d->xch, &op);

	if (rc == 0 && op.u.getdomaininfo.domain != d->domid)
		rc = -ESRCH;
	if (rc == 0 && op.u.getdomaininfo.tot_pages)
		rc = xc_note(d->xch, -EBUSY, "it has memory already");
	if (rc == 0)
		d->shared_info_mfn = op.u.getdomaininfo.shared_info_frame;
	return rc;
}

/* What the guest sees as its memory map: one piece of RAM. */
static int set_memory_map(struct dom *d)
{
	const struct xc_dom_params *p = d->params;
	const struct xc_e820entry map = {
		.addr = 0, .size = (p->maxmem_kib ? p->maxmem_kib : p->memory_kib) << 10, .type = 1,
	};

	return xc_domain_set_memory_map(d->xch, d->domid, &map, 1) < 0 ? -errno : 0;
}

static int set_hypercall_page(struct dom *d)
{
	const struct image_notes *n = &d->image.notes;
	uint64_t pfn = (n->hypercall_page - n->virt_base) >> XC_PAGE_SHIFT;

	if (!(n->seen & NOTE_HYPERCALL_PAGE))
		return 0;
	return xc_domain_hypercall_init(d->xch, d->domid, d->p2m[pfn]) < 0 ? -errno : 0;
}

static int seed_grants(struct dom *d)
{
	const struct xc_dom_params *p = d->params;

	return xc_grant_seed(d->xch, d->domid, d->p2m[d->layout.console.pfn], p->console_domid,
			     d->p2m[d->layout.store.pfn], p->store_domid) < 0 ? -errno : 0;
}

static int allocate_p2m(struct dom *d)
{
	d->p2m = calloc(d->total_pages, sizeof(*d->p2m));
	return d->p2m ? 0 : -ENOMEM;
}

/* Pages become page tables when the L4 is pinned, so all that is written comes before. */
static const struct {
	const char *name;
	int (*run)(struct dom *d);
} actions[] = {
	{ "look at the domain", find_shared_info },
	{ "list of its memory", allocate_p2m },
	{ "get memory", dom_populate },
	{ "memory map", set_memory_map },
	{ "load the kernel", dom_load_kernel },
	{ "load the ramdisk", dom_load_ramdisk },
	{ "hypercall page", set_hypercall_page },
	{ "write its memory list", dom_write_p2m },
	{ "start_info page", dom_write_start_info },
	{ "page tables", dom_write_tables },
	{ "grant table", seed_grants },
	{ "shared_info page", dom_write_shared_info },
	{ "first vcpu", dom_start_vcpu },
};

static void fill_result(const struct dom *d, struct xc_dom_result *res)
{
	const struct image_notes *n = &d->image.notes;

	memset(res, 0, sizeof(*res));
	res->console_mfn = d->p2m[d->layout.console.pfn];
	res->store_mfn = d->p2m[d->layout.store.pfn];
	res->shared_info_mfn = d->shared_info_mfn;
	res->pages = d->total_pages;
	res->entry = n->entry;
	snprintf(res->guest_os, sizeof(res->guest_os), "%s%s%s", n->guest_os,
		 n->guest_os[0] && n->guest_version[0] ? " " : "", n->guest_version);
}

int xc_dom_build(struct xc_interface *xch, uint32_t domid, const struct xc_dom_params *params,
		 struct xc_dom_result *ret_result)
{
	struct dom d = { .xch = xch, .domid = domid, .params = params, .ramdisk_fd = -1 };
	const char *step = "check its files";
	size_t i;
	int rc = check_images(&d);

	if (rc < 0)
		xc_note(xch, rc, "%s", d.image.text);
	for (i = 0; rc == 0 && i < sizeof(actions) / sizeof(actions[0]); i++) {
		step = actions[i].name;
		rc = actions[i].run(&d);
	}
	if (rc == 0)
		rc = dom_progress(&d, STEP_START, 1, 1);
	if (rc == 0)
		fill_result(&d, ret_result);
	rc = (int)xc_edge(xch, rc, "build domain %u: %s", domid, step);
	dom_release(&d);
	return rc;
}
