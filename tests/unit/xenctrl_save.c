/* SPDX-License-Identifier: GPL-2.0-only */
/* xenctrl_save.c: see xenctrl_save.h. */
#include "xenctrl_save.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "libxenctrl/dom.h"
#include "util/savefile.h"
#include "xc_kernel.h"

struct xc_interface *xch;
struct fake *fake;
uint32_t from, to;
uint8_t *file;
size_t file_size;
struct xc_save_stats stats;
bool keep;

uint32_t new_domain(void)
{
	struct xen_domctl_createdomain config = { .max_vcpus = 2 };
	uint32_t id = 0;

	assert_int_equal(xc_domain_create(xch, &id, &config), 0);
	assert_int_equal(xc_domain_setmaxmem(xch, id, MEMORY_KIB + 1024), 0);
	return id;
}

void *frame(uint32_t domid, xen_pfn_t mfn)
{
	void *p = xc_map_foreign(xch, domid, PROT_READ | PROT_WRITE, &mfn, 1, NULL);

	assert_non_null(p);
	return p;
}

/* What Linux does before it suspends: pfns in start_info, whose frame is in rdx; its p2m is told. */
static void suspend(void)
{
	struct vcpu_guest_context *c = fake->dom[from].vcpu[0];
	struct start_info *si;
	struct shared_info *sh;
	xen_pfn_t mfn;

	assert_int_equal(xc_translate_address(xch, from, 0, c->user_regs.rsi, &mfn), 0);
	c->user_regs.rdx = mfn;
	si = frame(from, mfn);
	si->store_mfn = fake->m2p[si->store_mfn];
	si->console.domU.mfn = fake->m2p[si->console.domU.mfn];
	xc_unmap_foreign(xch, si, 1);
	sh = frame(from, fake->dom[from].shared_info);
	sh->arch.max_pfn = MEMORY_KIB / 4;
	sh->arch.p2m_cr3 = c->ctrlreg[3];
	sh->arch.p2m_vaddr = KERNEL_P2M;
	xc_unmap_foreign(xch, sh, 1);
	fake->dom[from].shutdown = true;
}

static void build(void)
{
	static uint8_t kernel[KERNEL_SIZE];
	char path[] = "/tmp/xenctrl_save_XXXXXX";
	const struct xc_dom_params params = {
		.kernel = path, .cmdline = "quiet", .memory_kib = MEMORY_KIB, .console_evtchn = 7,
		.store_evtchn = 6,
	};
	struct xc_dom_result result;
	int fd = mkstemp(path);

	make_kernel(kernel, linux_notes);
	assert_int_equal(write(fd, kernel, sizeof(kernel)), sizeof(kernel));
	close(fd);
	if (xc_dom_build(xch, from, &params, &result) < 0)
		fail_msg("%s", xc_last_error(xch));
	unlink(path);
}

int save_with(int fd, struct xc_save_params params)
{
	struct savefile_out out;
	int rc = savefile_begin(&out, fd, CONFIG, strlen(CONFIG), false);

	params.put = savefile_put;
	params.opaque = &out;
	if (!rc)
		rc = xc_domain_save(xch, from, &params, &stats) ? -errno : 0;
	if (!rc)
		rc = savefile_finish(&out);
	savefile_out_clear(&out);
	return rc;
}

int save_to(int fd)
{
	return save_with(fd, (struct xc_save_params){ .keep_windows = keep });
}

void save(void)
{
	FILE *f = tmpfile();
	int rc = save_to(fileno(f));

	if (rc)
		fail_msg("%s", xc_last_error(xch));
	file_size = (size_t)lseek(fileno(f), 0, SEEK_END);
	free(file);
	file = malloc(file_size);
	assert_int_equal(pread(fileno(f), file, file_size, 0), file_size);
	fclose(f);
}

int save_setup(void **state)
{
	assert_int_equal(xc_fake_open(64, &xch, &fake), 0);
	from = new_domain();
	build();
	suspend();
	save();
	to = new_domain();
	return 0;
}

int save_teardown(void **state)
{
	free(file);
	file = NULL;
	return xc_fake_close(xch) ? 0 : -1;
}

int restore(const uint8_t *data, size_t size, struct xc_restore_result *ret, char why[512])
{
	struct savefile image;
	const struct xc_restore_params params = {
		.get = savefile_get, .check = savefile_check, .why = savefile_why, .opaque = &image,
		.console_evtchn = 9, .store_evtchn = 8, .keep_windows = keep,
	};
	FILE *f = tmpfile();
	int rc;

	assert_int_equal(pwrite(fileno(f), data, size, 0), size);
	why[0] = '\0';
	rc = savefile_open(&image, fileno(f));
	if (rc) {
		snprintf(why, 512, "open: %s", image.why);
	} else {
		assert_string_equal(image.config, CONFIG);
		rc = xc_domain_restore(xch, to, &params, ret) ? -errno : 0;
		if (rc)
			snprintf(why, 512, "%s", xc_last_error(xch));
		else if ((rc = savefile_end(&image)))
			snprintf(why, 512, "end: %s", image.why);
	}
	savefile_clear(&image);
	fclose(f);
	return rc;
}

