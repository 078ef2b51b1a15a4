/* SPDX-License-Identifier: MIT */
/* sr.h: saving and restoring: the records of the migration stream (docs/specs of Xen: "LibXenCtrl
 * Domain Image Format", version 3) and what the files sr_*.c share. All integers little-endian, but
 * those of the image header. */
#ifndef LIBXENCTRL_SR_H
#define LIBXENCTRL_SR_H

#include "private.h"

#define SR_MARKER	UINT64_MAX
#define SR_ID		0x58454e46U /* "XENF" */
#define SR_VERSION	3
#define SR_VERSION_MIN	2

struct sr_headers {
	uint64_t marker;
	uint32_t id, version; /* big-endian */
	uint16_t options, reserved16;
	uint32_t reserved32;
	uint32_t type; /* of the domain, from here on */
	uint16_t page_shift, reserved;
	uint32_t xen_major, xen_minor;
};
_Static_assert(sizeof(struct sr_headers) == 40, "format");

#define SR_TYPE_PV	1

struct sr_record {
	uint32_t type, length;
};

#define SR_OPTIONAL	0x80000000U
#define SR_LENGTH_MAX	(128U << 20)
#define SR_PFN_MASK	0x000fffffffffffffULL
#define SR_PFN_TYPE_SHIFT	32 /* PFINFO bits 28-31 are bits 60-63 */

struct sr_pages {
	uint32_t count, reserved;
};

struct sr_pv_info {
	uint8_t width, levels;
	uint8_t reserved[6];
};

struct sr_p2m_frames {
	uint32_t start, end; /* pfns, inclusive */
};

struct sr_vcpu {
	uint32_t id, reserved;
};

struct sr_tsc {
	uint32_t mode, khz;
	uint64_t nsec;
	uint32_t incarnation, reserved;
};

#define SR_KEEP_MAX	(1UL << 20) /* pages that stay mapped: the process has 8 MiB of page tables */
#define SR_BATCH	1024U /* pages typed and mapped at once: the hypervisor's limit */
#define PFNS_PER_FRAME	512U /* of the guest's p2m */

#define PTE_P		1ULL
#define PTE_PSE		0x80ULL
#define PTE_FRAME	0x000ffffffffff000ULL
#define L4_XEN_FIRST	256 /* slots of the hypervisor */
#define L4_XEN_LAST	271

/* Type as XEN_DOMCTL_PFINFO_*: 1..4 for a page table, 0 else. */
static inline unsigned int sr_level(uint32_t type)
{
	unsigned int level = (type & XEN_DOMCTL_PFINFO_LTABTYPE_MASK) >> XEN_DOMCTL_PFINFO_LTAB_SHIFT;

	return level <= 4 ? level : 0;
}

/* XTAB, XALLOC and BROKEN pages have no data in the stream. */
static inline bool sr_has_data(uint32_t type)
{
	return type < XEN_DOMCTL_PFINFO_BROKEN;
}

/* 5..8 are no types. */
static inline bool sr_type_ok(uint32_t type)
{
	unsigned int t = type >> XEN_DOMCTL_PFINFO_LTAB_SHIFT;

	return t <= 4 || t >= 9;
}

/* sr_tables.c: page tables between machine frames and pfns. In both @bad is the index of the entry
 * that cannot be translated (-ERANGE) or is a large page (-EINVAL). */
typedef bool sr_lookup_fn(void *ctx, uint64_t from, uint64_t *ret_to);
int sr_translate_table(const uint64_t *from, uint64_t *to, unsigned int level, sr_lookup_fn *lookup,
		       void *ctx, unsigned int *ret_bad);
bool sr_page_is_zero(const void *page);

/* sr_p2m.c: the machine's m2p and a guest's p2m, mapped. */
#define M2P_CHUNK_SHIFT	18 /* frames that 2 MiB of m2p tell of */

struct sr_m2p {
	uint64_t max_mfn;
	size_t chunk_count;
	xen_pfn_t *chunk_mfns; /* first frame of each */
	const uint64_t **chunks; /* NULL: not mapped yet */
	int err; /* one could not be mapped */
};
int sr_m2p_open(struct xc_interface *xch, struct sr_m2p *m);
void sr_m2p_close(struct xc_interface *xch, struct sr_m2p *m);

struct sr_p2m {
	uint64_t pages; /* entries */
	size_t frame_count;
	xen_pfn_t *frames; /* machine frames of the table */
	const uint64_t *table;
};
int sr_p2m_open(struct xc_interface *xch, uint32_t domid, const struct shared_info *shared,
		struct sr_p2m *p);
void sr_p2m_close(struct xc_interface *xch, struct sr_p2m *p);

struct sr_save {
	struct xc_interface *xch;
	uint32_t domid;
	const struct xc_save_params *params;
	struct xc_save_stats stats;
	xc_domaininfo_t info;
	const struct shared_info *shared;
	struct sr_m2p m2p;
	struct sr_p2m p2m;
	int percent;
	/* live, bit maps by pfn, else NULL: pages of this round; what the other side has; what could not
	 * be read while the guest runs and comes in the last round. */
	uint8_t *want, *sent, *later;
	bool last; /* round: the guest has stopped */
	/* the record of pages that is being filled */
	uint64_t *pfns; /* with types */
	unsigned int pfn_count;
	uint8_t *data;
	unsigned int data_count;
	size_t kept; /* pages of windows that stay */
};

/* The pfn of a frame of the guest. */
bool sr_pfn_of(struct sr_save *s, uint64_t mfn, uint64_t *ret_pfn);
static inline bool sr_bit(const uint8_t *map, uint64_t pfn)
{
	return map[pfn >> 3] >> (pfn & 7) & 1;
}

static inline void sr_bit_set(uint8_t *map, uint64_t pfn)
{
	map[pfn >> 3] |= (uint8_t)(1U << (pfn & 7));
}

static inline void sr_bit_clear(uint8_t *map, uint64_t pfn)
{
	map[pfn >> 3] &= (uint8_t)~(1U << (pfn & 7));
}

/* One record of two parts. */
int sr_put(struct sr_save *s, uint32_t type, const void *head, size_t head_bytes, const void *body,
	   size_t body_bytes);
int sr_save_pages(struct sr_save *s); /* sr_save_pages.c: of s->want, or all */
int sr_put_p2m_frames(struct sr_save *s);
int sr_save_live(struct sr_save *s); /* sr_live.c: the guest has suspended itself then */
int sr_save_policy(struct sr_save *s); /* sr_save_vcpu.c */
int sr_save_vcpus(struct sr_save *s);

#define SR_VCPUS	XEN_LEGACY_MAX_VCPUS

struct sr_blob {
	void *data;
	size_t bytes;
};

enum sr_blob_kind { SR_BASIC, SR_EXTENDED, SR_XSAVE, SR_MSRS, SR_BLOBS };

struct sr_restore {
	struct xc_interface *xch;
	uint32_t domid;
	const struct xc_restore_params *params;
	struct xc_restore_result result;
	xc_domaininfo_t info;
	uint32_t version;
	unsigned int index; /* of the record */
	struct sr_record rec;
	bool ended, seen_static_end;

	uint64_t pages; /* size of the p2m; 0: not told yet */
	xen_pfn_t *p2m; /* 0: none */
	uint8_t *types; /* PFINFO >> 28 */
	xen_pfn_t *p2m_pfns; /* of the guest's table */
	size_t p2m_count;
	uint8_t *shared; /* a page */
	struct sr_blob vcpu[SR_VCPUS][SR_BLOBS];
	uint64_t *batch; /* room for the pfns of one record */
	size_t batch_room;
	int percent;
	uint32_t *at; /* number of the window that shows a page still, 0: none; NULL: none stays */
	struct sr_window {
		void *addr;
		unsigned int count;
	} *windows; /* from 1 on */
	unsigned int window_count;
	size_t kept;
};

/* sr_restore_pages.c */
int sr_restore_pages(struct sr_restore *r);
int sr_restore_tables(struct sr_restore *r); /* translates and pins, when all pages are there */
int sr_restore_p2m(struct sr_restore *r);
/* Reads exactly; what is left of the record is counted by the caller. */
int sr_get(struct sr_restore *r, void *to, size_t bytes);
int sr_get_vec(struct sr_restore *r, const struct iovec *iov, int count);
/* Takes the kept window away that shows this page (Linux does not split one): the hypervisor is to
 * have the page as another type. */
void sr_unkeep(struct sr_restore *r, uint64_t pfn);
bool sr_mfn_of(void *restore, uint64_t pfn, uint64_t *ret_mfn);
/* sr_restore_vcpu.c */
int sr_restore_blob(struct sr_restore *r, enum sr_blob_kind kind, const void *body, size_t bytes);
int sr_restore_policy(struct sr_restore *r, const void *body, size_t bytes);
int sr_restore_tsc(struct sr_restore *r, const void *body, size_t bytes);
int sr_restore_shared(struct sr_restore *r);
int sr_restore_start_info(struct sr_restore *r);
int sr_restore_vcpus(struct sr_restore *r);

#endif /* LIBXENCTRL_SR_H */
