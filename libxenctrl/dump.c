/* SPDX-License-Identifier: MIT */
/* dump.c: a PV domain's memory and registers as an ELF file, as the classic tools write it: sections
 * only, no program headers. Pages come before the table that names them, since which pages can be
 * read is known only then; the headers are written last. */
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <xen/elfnote.h>

#include "dump.h"

#define MAGIC_PV	0xF00FEBEDULL
#define BATCH		256U

enum section { S_NULL, S_NAMES, S_NOTE, S_PRSTATUS, S_SHARED, S_PAGES, S_P2M, S_COUNT };

static const char names[] = "\0.shstrtab\0.note.Xen\0.xen_prstatus\0.xen_shared_info\0.xen_pages\0"
			    ".xen_p2m";

struct p2m_row {
	uint64_t pfn, gmfn;
};

struct note_head {
	uint32_t namesz, descsz, type;
	char name[4];
};

struct notes {
	struct note_head none;
	struct note_head header_head;
	struct {
		uint64_t magic, vcpus, pages, page_size;
	} header;
	struct note_head version_head;
	struct {
		uint64_t major, minor;
		xen_extraversion_t extra;
		struct xen_compile_info compiled;
		xen_capabilities_info_t capabilities;
		xen_changeset_info_t changeset;
		struct xen_platform_parameters platform;
		uint64_t page_size;
	} version;
	struct note_head format_head;
	struct {
		uint64_t version;
	} format;
};

struct dump {
	struct xc_interface *xch;
	uint32_t domid;
	int fd;
	struct shared_info *shared;
	struct p2m p2m;
	struct vcpu_guest_context *vcpus;
	uint64_t vcpu_count;
	struct p2m_row *rows;
	uint64_t count, limit; /* pages written, and how many there may be */
	uint64_t at; /* where in the file the next bytes go */
	Elf64_Shdr sections[S_COUNT];
	int (*progress)(void *opaque, const char *step, int percent);
	void *opaque;
};

/* ---- writing --------------------------------------------------------------------------------- */

static int put_at(struct dump *d, uint64_t at, const void *from, size_t bytes)
{
	const uint8_t *p = from;
	ssize_t n;

	while (bytes) {
		n = pwrite(d->fd, p, bytes, (off_t)at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		p += n;
		at += (uint64_t)n;
		bytes -= (size_t)n;
	}
	return 0;
}

static int put(struct dump *d, const void *from, size_t bytes)
{
	int rc = put_at(d, d->at, from, bytes);

	d->at += bytes;
	return rc;
}

static void section_begin(struct dump *d, enum section s, uint32_t type, uint64_t align,
			  uint64_t entry)
{
	d->at = (d->at + align - 1) & ~(align - 1);
	d->sections[s].sh_type = type;
	d->sections[s].sh_offset = d->at;
	d->sections[s].sh_addralign = align;
	d->sections[s].sh_entsize = entry;
}

static void section_end(struct dump *d, enum section s)
{
	d->sections[s].sh_size = d->at - d->sections[s].sh_offset;
}

static int put_section(struct dump *d, enum section s, uint32_t type, uint64_t align, uint64_t entry,
		       const void *from, size_t bytes)
{
	int rc;

	section_begin(d, s, type, align, entry);
	rc = put(d, from, bytes);
	section_end(d, s);
	return rc;
}

static int put_headers(struct dump *d)
{
	Elf64_Ehdr e = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT,
			     ELFOSABI_SYSV },
		.e_type = ET_CORE, .e_machine = EM_X86_64, .e_version = EV_CURRENT,
		.e_shoff = sizeof(e), .e_ehsize = sizeof(e), .e_shentsize = sizeof(Elf64_Shdr),
		.e_shnum = S_COUNT, .e_shstrndx = S_NAMES,
	};
	uint32_t name = 1;
	int i, rc;

	for (i = 1; i < S_COUNT; i++) {
		d->sections[i].sh_name = name;
		name += (uint32_t)strlen(names + name) + 1;
	}
	rc = put_at(d, 0, &e, sizeof(e));
	return rc ? rc : put_at(d, sizeof(e), d->sections, sizeof(d->sections));
}

/* ---- what is in it --------------------------------------------------------------------------- */

static void note_head(struct note_head *h, uint32_t type, size_t bytes)
{
	*h = (struct note_head){ .namesz = 4, .descsz = (uint32_t)bytes, .type = type, .name = "Xen" };
}

static int put_notes(struct dump *d)
{
	struct notes *n = calloc(1, sizeof(*n));
	long version = xc_version(d->xch, XENVER_version, NULL);
	int rc;

	if (!n)
		return -ENOMEM;
	note_head(&n->none, XEN_ELFNOTE_DUMPCORE_NONE, 0);
	note_head(&n->header_head, XEN_ELFNOTE_DUMPCORE_HEADER, sizeof(n->header));
	n->header.magic = MAGIC_PV;
	n->header.vcpus = d->vcpu_count;
	n->header.pages = d->count;
	n->header.page_size = XC_PAGE_SIZE;
	note_head(&n->version_head, XEN_ELFNOTE_DUMPCORE_XEN_VERSION, sizeof(n->version));
	n->version.major = (uint64_t)(version < 0 ? 0 : version >> 16);
	n->version.minor = (uint64_t)(version < 0 ? 0 : version & 0xffff);
	/* these may be refused, and are empty then */
	xc_version(d->xch, XENVER_extraversion, &n->version.extra);
	xc_version(d->xch, XENVER_compile_info, &n->version.compiled);
	xc_version(d->xch, XENVER_capabilities, &n->version.capabilities);
	xc_version(d->xch, XENVER_changeset, &n->version.changeset);
	xc_version(d->xch, XENVER_platform_parameters, &n->version.platform);
	n->version.page_size = XC_PAGE_SIZE;
	note_head(&n->format_head, XEN_ELFNOTE_DUMPCORE_FORMAT_VERSION, sizeof(n->format));
	n->format.version = 1;
	rc = put_section(d, S_NOTE, SHT_NOTE, 4, 0, n, sizeof(*n));
	free(n);
	return rc;
}

static int get_vcpus(struct dump *d, const xc_domaininfo_t *info)
{
	uint32_t v, count = info->max_vcpu_id + 1;

	if (count == 0 || count > 8192)
		return -EINVAL;
	d->vcpus = calloc(count, sizeof(*d->vcpus));
	if (!d->vcpus)
		return -ENOMEM;
	for (v = 0; v < count; v++) /* those that were never started have no registers */
		if (xc_vcpu_getcontext(d->xch, d->domid, v, &d->vcpus[d->vcpu_count]) == 0)
			d->vcpu_count++;
	return d->vcpu_count ? 0 : -ENODATA;
}

/* Writes those of a batch that can be mapped, and their rows. */
static int put_batch(struct dump *d, const struct p2m_row *want, unsigned int count)
{
	xen_pfn_t frames[BATCH] = { 0 };
	int errs[BATCH], rc;
	unsigned int i;
	void *addr;

	for (i = 0; i < count; i++)
		frames[i] = want[i].gmfn;
	rc = do_map(d->xch, d->domid, PROT_READ, frames, count, errs, &addr);
	if (rc < 0)
		return rc;
	for (i = 0; i < count && rc == 0 && d->count < d->limit; i++) {
		if (errs[i])
			continue; /* another domain's, mapped by grant */
		rc = put(d, (uint8_t *)addr + ((size_t)i << XC_PAGE_SHIFT), XC_PAGE_SIZE);
		d->rows[d->count++] = want[i];
	}
	d->xch->backend->unmap(d->xch->ctx, addr, count);
	return rc;
}

static int tell(struct dump *d)
{
	int percent = d->limit ? (int)(100 * d->count / d->limit) : 100;

	return d->progress && d->progress(d->opaque, "writing memory", percent) ? -ECANCELED : 0;
}

static int put_pages(struct dump *d)
{
	uint64_t entries[P2M_PER_PAGE], pages = (d->p2m.pfns + P2M_PER_PAGE - 1) / P2M_PER_PAGE, i, n;
	struct p2m_row want[BATCH];
	unsigned int count = 0;
	int rc = 0;

	for (i = 0; i < pages && rc == 0 && d->count < d->limit; i++) {
		rc = p2m_page(&d->p2m, i, entries);
		if (rc == -EFAULT || rc == -EINVAL) { /* a hole */
			rc = 0;
			continue;
		}
		for (n = 0; n < P2M_PER_PAGE && rc == 0; n++) {
			uint64_t pfn = i * P2M_PER_PAGE + n;

			/* the high bits mark frames of others and ranges that are not memory */
			if (pfn < d->p2m.pfns && !(entries[n] >> 40))
				want[count++] = (struct p2m_row){ pfn, entries[n] };
			if (count == BATCH) {
				rc = put_batch(d, want, count);
				count = 0;
			}
		}
		if (rc == 0)
			rc = tell(d);
	}
	if (rc == 0 && count)
		rc = put_batch(d, want, count);
	d->limit = d->count;
	return rc ? rc : tell(d);
}

static int dump_all(struct dump *d)
{
	int rc;

	d->at = sizeof(Elf64_Ehdr) + sizeof(d->sections);
	rc = put_section(d, S_NAMES, SHT_STRTAB, 1, 0, names, sizeof(names));
	if (rc == 0)
		rc = put_section(d, S_PRSTATUS, SHT_PROGBITS, 8, sizeof(*d->vcpus), d->vcpus,
				 d->vcpu_count * sizeof(*d->vcpus));
	if (rc == 0)
		rc = put_section(d, S_SHARED, SHT_PROGBITS, 8, XC_PAGE_SIZE, d->shared, XC_PAGE_SIZE);
	section_begin(d, S_PAGES, SHT_PROGBITS, XC_PAGE_SIZE, XC_PAGE_SIZE);
	if (rc == 0)
		rc = put_pages(d);
	section_end(d, S_PAGES);
	if (rc == 0)
		rc = put_section(d, S_P2M, SHT_PROGBITS, 8, sizeof(*d->rows), d->rows,
				 d->count * sizeof(*d->rows));
	if (rc == 0)
		rc = put_notes(d);
	return rc ? rc : put_headers(d);
}

static int dump_run(struct dump *d)
{
	xc_domaininfo_t info;
	xen_pfn_t frame;
	void *addr = NULL;
	int rc;

	if (xc_domain_getinfo(d->xch, d->domid, &info) < 0)
		return -errno;
	d->limit = info.tot_pages;
	d->rows = calloc(d->limit + 1, sizeof(*d->rows));
	if (!d->rows)
		return -ENOMEM;
	frame = info.shared_info_frame;
	rc = do_map(d->xch, d->domid, PROT_READ, &frame, 1, NULL, &addr);
	if (rc < 0)
		return rc;
	d->shared = addr;
	rc = p2m_find(d->xch, d->domid, d->shared, &d->p2m);
	if (rc == 0)
		rc = get_vcpus(d, &info);
	if (rc == 0)
		rc = dump_all(d);
	d->xch->backend->unmap(d->xch->ctx, addr, 1);
	return rc;
}

long xc_domain_dump_core(struct xc_interface *xch, uint32_t domid, int fd,
			 int (*progress)(void *opaque, const char *step, int percent), void *opaque)
{
	struct dump d = {
		.xch = xch, .domid = domid, .fd = fd, .progress = progress, .opaque = opaque,
	};
	int rc = dump_run(&d);

	free(d.rows);
	free(d.vcpus);
	return xc_edge(xch, rc < 0 ? rc : (long)d.count, "dump domain %u", domid);
}
