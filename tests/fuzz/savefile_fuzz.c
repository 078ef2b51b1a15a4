/* SPDX-License-Identifier: GPL-2.0-only */
/* savefile_fuzz.c: any bytes as a saved domain: through the container's reader as they are, and, behind
 * the container's head, as a migration stream without sums into a domain of the fake machine. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "libxenctrl/fake.h"
#include "util/savefile.h"

#define MACHINE_MIB 24

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct bytes {
	const uint8_t *at;
	size_t left;
};

static int get(void *arg, const struct iovec *iov, int count)
{
	struct bytes *b = arg;

	for (int i = 0; i < count; i++) {
		if (iov[i].iov_len > b->left)
			return -ENODATA;
		memcpy(iov[i].iov_base, b->at, iov[i].iov_len);
		b->at += iov[i].iov_len;
		b->left -= iov[i].iov_len;
	}
	return 0;
}

static int check(void *arg)
{
	return 0;
}

static void as_stream(const uint8_t *data, size_t size)
{
	struct bytes b = { data, size };
	const struct xc_restore_params params = { .get = get, .check = check, .opaque = &b };
	struct xen_domctl_createdomain config = { .max_vcpus = 2 };
	struct xc_restore_result result;
	struct xc_interface *xch;
	struct fake *fake;
	uint32_t domid = 0;

	if (xc_fake_open(MACHINE_MIB, &xch, &fake) < 0)
		abort();
	if (xc_domain_create(xch, &domid, &config) < 0 ||
	    xc_domain_setmaxmem(xch, domid, 16 << 10) < 0)
		abort();
	xc_domain_restore(xch, domid, &params, &result);
	if (fake->windows || fake->buffers != 1)
		abort();	/* something stayed mapped */
	xc_interface_close(xch);
}

static void as_file(const uint8_t *data, size_t size)
{
	struct savefile_step step;
	struct savefile s;
	int fd = memfd_create("savefile", MFD_CLOEXEC);

	if (fd < 0 || pwrite(fd, data, size, 0) != (ssize_t)size)
		abort();
	if (savefile_open(&s, fd) == 0)
		while (savefile_walk(&s, &step) > 0)
			;
	savefile_clear(&s);
	close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	as_file(data, size);
	as_stream(data, size);
	return 0;
}
