/* SPDX-License-Identifier: GPL-2.0-only */
/* grants.h: what the parts of the grants guest share. */
#ifndef GRANTS_H
#define GRANTS_H

#include "child.h"

#define HYPERVISORS_OWN 0xffff830000000000UL
#define NOBODY 1234
#define NO_FRAME 0xfffffffUL
#define RO  GNTMAP_readonly
#define HM  GNTMAP_host_map
#define DEV GNTMAP_device_map

union entries {
	struct grant_entry_v1 v1[512];
	union grant_entry_v2 v2[256];
};

extern union entries table;             /* its first frame, mapped by guest_main() */
extern grant_status_t status[2048];     /* likewise, of version 2 */
extern uint8_t page[4096], copy[4096], other[4096]; /* to be granted; to be copied to and from */
extern uint8_t window[4096];            /* where grants are mapped */
extern unsigned long hole;              /* the frame that was at window */

/* grants_op.c. Those of type int answer with the status, or 1000 and the error of the hypercall. */
long gop(unsigned int cmd, void *op, unsigned long n);
int setup(domid_t dom, uint32_t n, xen_pfn_t *list);
int status_frames(domid_t dom, uint32_t n, uint64_t *list);
int map(domid_t dom, grant_ref_t ref, uint32_t flags, uint32_t *ret_handle);
int unmap(uint32_t handle);
int copy_ref(domid_t dom, grant_ref_t ref, unsigned int at, unsigned int len, bool to);
long set_version(uint32_t v, uint32_t *ret);
uint32_t get_version(domid_t dom, long *rc);
int swap(grant_ref_t a, grant_ref_t b);
void put_v1(grant_ref_t ref, uint16_t flags, domid_t dom, uint64_t frame);
void put_v2(grant_ref_t ref, uint16_t flags, domid_t dom, uint64_t frame);
void put_part(grant_ref_t ref, uint16_t flags, domid_t dom, uint16_t at, uint16_t len);
void put_via(grant_ref_t ref, domid_t dom, domid_t via, grant_ref_t via_ref);
void put(uint32_t version, grant_ref_t ref, uint16_t flags, domid_t dom, uint64_t frame);

/* grants_calls.c */
void check_bad_calls(void);
void check_tables(uint32_t version);
void check_cache_flush(void);
void give_page_away(void); /* that others may be taken */
void check_transfer(uint32_t version);
void check_limits(void);
int transfer(xen_pfn_t mfn, domid_t dom, grant_ref_t ref);
unsigned long new_page(void);           /* one that is mapped nowhere; 0: none */
unsigned long pages_of(domid_t dom);
/* grants_child.c */
void check_child(void);

#endif
