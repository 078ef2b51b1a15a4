/* SPDX-License-Identifier: GPL-2.0-only */
/* xenctrl_save.h: what the tests of saving share: a guest of the fake machine that has suspended itself,
 * and its image. */
#ifndef UNIT_XENCTRL_SAVE_H
#define UNIT_XENCTRL_SAVE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "libxenctrl/fake.h"
#include "libxenctrl/sr.h"

#define MEMORY_KIB (8 << 10)
#define CONFIG	   "{\"name\":\"web\"}"

extern struct xc_interface *xch;
extern struct fake *fake;
extern uint32_t from, to;	/* the guest, and the new domain that it may come back into */
extern uint8_t *file;		/* its image */
extern size_t file_size;
extern struct xc_save_stats stats;
extern bool keep;		/* windows */

int save_setup(void **state);
int save_teardown(void **state);
#define SAVE_CASE(f) cmocka_unit_test_setup_teardown(f, save_setup, save_teardown)

uint32_t new_domain(void);
void *frame(uint32_t domid, xen_pfn_t mfn);
/* put and opaque are set here. */
int save_with(int fd, struct xc_save_params params);
int save_to(int fd);
void save(void);
/* 0, or -Exxx and the reason in @why. */
int restore(const uint8_t *data, size_t size, struct xc_restore_result *ret, char why[512]);

#endif
