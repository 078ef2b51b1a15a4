/* SPDX-License-Identifier: MIT */
/* Grant tables: entries (version 1 and 2) and operations. */
#ifndef XEN_GRANT_TABLE_H
#define XEN_GRANT_TABLE_H

#include "xen.h"

typedef uint32_t grant_ref_t;

/* Version 1 entry. The owner writes frame and domid, then flags; Xen sets the two use bits. */
struct grant_entry_v1 {
	uint16_t flags;
	domid_t domid;
	uint32_t frame;
};
typedef struct grant_entry_v1 grant_entry_v1_t;

/* The toolstack fills these entries of a new guest. */
#define GNTTAB_NR_RESERVED_ENTRIES	8
#define GNTTAB_RESERVED_CONSOLE		0
#define GNTTAB_RESERVED_XENSTORE	1

/* Entry types (low two bits of flags). */
#define GTF_invalid			0U
#define GTF_permit_access		(1U << 0)
#define GTF_accept_transfer		(1U << 1)
#define GTF_transitive			0x3U
#define GTF_type_mask			0x3U

/* Modifiers of GTF_permit_access. */
#define _GTF_readonly			2
#define GTF_readonly			(1U << 2)
#define _GTF_reading			3
#define GTF_reading			(1U << 3)
#define _GTF_writing			4
#define GTF_writing			(1U << 4)
#define _GTF_PWT			5
#define GTF_PWT				(1U << 5)
#define _GTF_PCD			6
#define GTF_PCD				(1U << 6)
#define _GTF_PAT			7
#define GTF_PAT				(1U << 7)
#define _GTF_sub_page			8
#define GTF_sub_page			(1U << 8)

/* Modifiers of GTF_accept_transfer. */
#define _GTF_transfer_committed		2
#define GTF_transfer_committed		(1U << 2)
#define _GTF_transfer_completed		3
#define GTF_transfer_completed		(1U << 3)

struct grant_entry_header {
	uint16_t flags;
	domid_t domid;
};
typedef struct grant_entry_header grant_entry_header_t;

/* Version 2 entry; its use bits live in a separate array of grant_status_t. */
union grant_entry_v2 {
	grant_entry_header_t hdr;
	struct {
		grant_entry_header_t hdr;
		uint32_t pad0;
		uint64_t frame;
	} full_page;
	struct {
		grant_entry_header_t hdr;
		uint16_t page_off;
		uint16_t length;
		uint64_t frame;
	} sub_page;
	struct {
		grant_entry_header_t hdr;
		domid_t trans_domid;
		uint16_t pad0;
		grant_ref_t gref;
	} transitive;
	uint32_t __spacer[4];
};
typedef union grant_entry_v2 grant_entry_v2_t;

typedef uint16_t grant_status_t;

/* grant_table_op(cmd, array, count): cmd values. */
#define GNTTABOP_map_grant_ref		0
#define GNTTABOP_unmap_grant_ref	1
#define GNTTABOP_setup_table		2
#define GNTTABOP_dump_table		3
#define GNTTABOP_transfer		4
#define GNTTABOP_copy			5
#define GNTTABOP_query_size		6
#define GNTTABOP_unmap_and_replace	7
#define GNTTABOP_set_version		8
#define GNTTABOP_get_status_frames	9
#define GNTTABOP_get_version		10
#define GNTTABOP_swap_grant_ref		11
#define GNTTABOP_cache_flush		12

typedef uint32_t grant_handle_t;

/* Map @ref of @dom at @host_addr: virtual, or with GNTMAP_contains_pte machine address of a PTE. */
struct gnttab_map_grant_ref {
	uint64_t host_addr;
	uint32_t flags;	/* GNTMAP_* */
	grant_ref_t ref;
	domid_t dom;
	int16_t status;	/* OUT, GNTST_* */
	grant_handle_t handle;	/* OUT */
	uint64_t dev_bus_addr;	/* OUT */
};
typedef struct gnttab_map_grant_ref gnttab_map_grant_ref_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_map_grant_ref_t);

/* Undo a mapping; zero addresses are left alone. */
struct gnttab_unmap_grant_ref {
	uint64_t host_addr;
	uint64_t dev_bus_addr;
	grant_handle_t handle;
	int16_t status;	/* OUT */
};
typedef struct gnttab_unmap_grant_ref gnttab_unmap_grant_ref_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_unmap_grant_ref_t);

/* Grow to @nr_frames and list the frames of the table. */
struct gnttab_setup_table {
	domid_t dom;
	uint32_t nr_frames;
	int16_t status;	/* OUT */
	XEN_GUEST_HANDLE(xen_pfn_t) frame_list;
};
typedef struct gnttab_setup_table gnttab_setup_table_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_setup_table_t);

struct gnttab_dump_table {
	domid_t dom;
	int16_t status;
};
typedef struct gnttab_dump_table gnttab_dump_table_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_dump_table_t);

/* Give frame @mfn to @domid, which offered entry @ref. */
struct gnttab_transfer {
	xen_pfn_t mfn;
	domid_t domid;
	grant_ref_t ref;
	int16_t status;
};
typedef struct gnttab_transfer gnttab_transfer_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_transfer_t);

#define GNTCOPY_source_gref	(1 << 0)
#define GNTCOPY_dest_gref	(1 << 1)

/* Copy within one page on both sides; each side by grant or by frame (GNTCOPY_*). */
struct gnttab_copy {
	struct gnttab_copy_ptr {
		union {
			grant_ref_t ref;
			xen_pfn_t gmfn;
		} u;
		domid_t domid;
		uint16_t offset;
	} source, dest;
	uint16_t len;
	uint16_t flags;	/* GNTCOPY_* */
	int16_t status;	/* OUT */
};
typedef struct gnttab_copy gnttab_copy_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_copy_t);

struct gnttab_query_size {
	domid_t dom;
	uint32_t nr_frames;	/* OUT */
	uint32_t max_nr_frames;	/* OUT */
	int16_t status;	/* OUT */
};
typedef struct gnttab_query_size gnttab_query_size_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_query_size_t);

/* Unmap, putting the mapping found at @new_addr in its place. */
struct gnttab_unmap_and_replace {
	uint64_t host_addr;
	uint64_t new_addr;
	grant_handle_t handle;
	int16_t status;
};
typedef struct gnttab_unmap_and_replace gnttab_unmap_and_replace_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_unmap_and_replace_t);

struct gnttab_set_version {
	uint32_t version;
};
typedef struct gnttab_set_version gnttab_set_version_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_set_version_t);

struct gnttab_get_status_frames {
	uint32_t nr_frames;
	domid_t dom;
	int16_t status;
	XEN_GUEST_HANDLE(uint64_t) frame_list;
};
typedef struct gnttab_get_status_frames gnttab_get_status_frames_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_get_status_frames_t);

struct gnttab_get_version {
	domid_t dom;
	uint16_t pad;
	uint32_t version;
};
typedef struct gnttab_get_version gnttab_get_version_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_get_version_t);

struct gnttab_swap_grant_ref {
	grant_ref_t ref_a;
	grant_ref_t ref_b;
	int16_t status;
};
typedef struct gnttab_swap_grant_ref gnttab_swap_grant_ref_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_swap_grant_ref_t);

#define GNTTAB_CACHE_CLEAN		(1U << 0)
#define GNTTAB_CACHE_INVAL		(1U << 1)
#define GNTTAB_CACHE_SOURCE_GREF	(1U << 31)

/* Cache maintenance on a page that is granted or owned. */
struct gnttab_cache_flush {
	union {
		uint64_t dev_bus_addr;
		grant_ref_t ref;
	} a;
	uint16_t offset;
	uint16_t length;
	uint32_t op;
};
typedef struct gnttab_cache_flush gnttab_cache_flush_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_cache_flush_t);

/* Flags of map_grant_ref. */
#define _GNTMAP_device_map	0
#define GNTMAP_device_map	(1 << 0)
#define _GNTMAP_host_map	1
#define GNTMAP_host_map		(1 << 1)
#define _GNTMAP_readonly	2
#define GNTMAP_readonly		(1 << 2)
#define _GNTMAP_application_map	3
#define GNTMAP_application_map	(1 << 3)
#define _GNTMAP_contains_pte	4
#define GNTMAP_contains_pte	(1 << 4)
#define _GNTMAP_guest_avail0	16
#define GNTMAP_guest_avail_mask	0xffff0000U

/* Values of status. */
#define GNTST_okay		0
#define GNTST_general_error	(-1)
#define GNTST_bad_domain	(-2)
#define GNTST_bad_gntref	(-3)
#define GNTST_bad_handle	(-4)
#define GNTST_bad_virt_addr	(-5)
#define GNTST_bad_dev_addr	(-6)
#define GNTST_no_device_space	(-7)
#define GNTST_permission_denied	(-8)
#define GNTST_bad_page		(-9)
#define GNTST_bad_copy_arg	(-10)
#define GNTST_address_too_big	(-11)
#define GNTST_eagain		(-12)
#define GNTST_no_space		(-13)

/* Text for -status. */
#define GNTTABOP_error_msgs { \
	"okay", "general error", "bad domain", "bad grant reference", "bad handle", \
	"bad virtual address", "bad device address", "no device space", "permission denied", \
	"bad page", "bad copy argument", "address too big", "try again", "no space", \
}

_Static_assert(sizeof(struct grant_entry_v1) == 8, "ABI");
_Static_assert(sizeof(union grant_entry_v2) == 16, "ABI");
_Static_assert(sizeof(struct gnttab_map_grant_ref) == 32, "ABI");
_Static_assert(sizeof(struct gnttab_unmap_grant_ref) == 24, "ABI");
_Static_assert(sizeof(struct gnttab_copy) == 40, "ABI");

#endif /* XEN_GRANT_TABLE_H */
