/* SPDX-License-Identifier: GPL-2.0-only */
/* xenctrl_guest.h: what the tests of the builder, of dumps and of the calls share: a fake machine with one
 * domain, which has no memory yet, and images for it. */
#ifndef TESTS_XENCTRL_GUEST_H
#define TESTS_XENCTRL_GUEST_H

#include "libxenctrl/dom.h"
#include "libxenctrl/fake.h"
#include "tests/unit/xc_kernel.h"

#define RAMDISK_SIZE	(3 * 4096 + 100)	/* byte i is i * 3 + 5 */
#define MEMORY_KIB	(16 << 10)

extern struct xc_interface *xch;
extern struct fake *fake;
extern uint32_t domid;
extern char kernel_path[], ramdisk_path[];
extern struct xc_dom_params params;	/* for build() */
extern struct xc_dom_result result;

/* Of each test. The end finds what is still mapped or locked. */
int guest_setup(void **state);
int guest_teardown(void **state);

/* Another kernel image than Linux's. */
void use_kernel(const struct kernel_note *notes);
void build(void);
/* A build must fail: errno, and words of the last error. */
void refused(int error, const char *why);

#endif
