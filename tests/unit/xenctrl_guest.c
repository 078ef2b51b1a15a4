/* SPDX-License-Identifier: GPL-2.0-only */
/* xenctrl_guest.c: a domain of the fake machine, and images to build it from. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/xenctrl_guest.h"

struct xc_interface *xch;
struct fake *fake;
uint32_t domid;
char kernel_path[] = "/tmp/xenctrl_kernel_XXXXXX";
char ramdisk_path[] = "/tmp/xenctrl_ramdisk_XXXXXX";
struct xc_dom_params params;
struct xc_dom_result result;

static void write_file(char *path, const void *data, size_t size)
{
	int fd;

	memcpy(path + strlen(path) - 6, "XXXXXX", 6);
	fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, size), size);
	close(fd);
}

void use_kernel(const struct kernel_note *notes)
{
	static uint8_t kernel[KERNEL_SIZE];

	make_kernel(kernel, notes);
	unlink(kernel_path);
	write_file(kernel_path, kernel, sizeof(kernel));
}

int guest_setup(void **state)
{
	struct xen_domctl_createdomain config = { .max_vcpus = 2 };
	uint8_t ramdisk[RAMDISK_SIZE];
	size_t i;

	for (i = 0; i < sizeof(ramdisk); i++)
		ramdisk[i] = (uint8_t)(i * 3 + 5);
	write_file(ramdisk_path, ramdisk, sizeof(ramdisk));
	use_kernel(linux_notes);
	assert_int_equal(xc_fake_open(64, &xch, &fake), 0);
	domid = 0;
	assert_int_equal(xc_domain_create(xch, &domid, &config), 0);
	assert_int_equal(xc_domain_setmaxmem(xch, domid, MEMORY_KIB + 1024), 0);
	params = (struct xc_dom_params){
		.kernel = kernel_path, .ramdisk = ramdisk_path, .cmdline = "console=hvc0 quiet",
		.memory_kib = MEMORY_KIB, .console_evtchn = 7, .store_evtchn = 6,
	};
	return 0;
}

int guest_teardown(void **state)
{
	unlink(kernel_path);
	unlink(ramdisk_path);
	return xc_fake_close(xch) ? 0 : -1;
}

void build(void)
{
	if (xc_dom_build(xch, domid, &params, &result) < 0)
		fail_msg("%s", xc_last_error(xch));
}

void refused(int error, const char *why)
{
	errno = 0;
	assert_int_equal(xc_dom_build(xch, domid, &params, &result), -1);
	if (errno != error || !strstr(xc_last_error(xch), why))
		fail_msg("errno %d, \"%s\" is not in \"%s\"", errno, why, xc_last_error(xch));
}
