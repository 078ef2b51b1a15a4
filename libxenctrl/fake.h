/* SPDX-License-Identifier: MIT */
/* fake.h: a machine in a memory file behind the backend seam, for tests only. It keeps domains,
 * gives frames away and checks page tables when they are pinned, as a hypervisor would. */
#ifndef LIBXENCTRL_FAKE_H
#define LIBXENCTRL_FAKE_H

#include "private.h"

#define FAKE_DOMAINS	8
#define FAKE_VCPUS	4
#define FAKE_DIRTY_PAGES	8192

struct fake_domain {
	bool exists;
	bool shutdown; /* for a suspend */
	unsigned int paused;
	unsigned int max_vcpus;
	uint64_t max_pages, tot_pages;
	uint64_t shared_info, grant_frame; /* frames */
	uint64_t hypercall_page, pinned_l4;
	uint32_t next_port;
	uint8_t hard[16], soft[16];
	struct xc_sched_params sched;
	struct xc_e820entry e820;
	xen_domain_handle_t handle;
	struct vcpu_guest_context *vcpu[FAKE_VCPUS];
};

struct fake_window {
	uint8_t *page;
	uint64_t mfn; /* UINT64_MAX: not writable */
};

struct fake {
	int fd; /* its memory */
	uint64_t frames;
	uint8_t *owner; /* of each frame: domain id + 1, 0 free */
	uint64_t *m2p;
	int m2p_fd; /* the same, to be mapped through DOMID_XEN */
	uint8_t *pinned; /* level of each frame */
	uint64_t free;
	struct fake_domain dom[FAKE_DOMAINS];
	size_t buffers, windows; /* pages that are out */
	struct fake_window *window;
	/* Failure wanted: hypercall @fail_op with first argument (memory_op, event) or cmd (domctl,
	 * sysctl) @fail_cmd fails with -@fail_errno after @fail_after successes. */
	unsigned int fail_op, fail_cmd;
	int fail_errno, fail_after;
	/* Log-dirty mode of one domain. The test sets bits as the guest writes; FINAL adds none. */
	bool logdirty, no_logdirty;
	uint8_t dirty[FAKE_DIRTY_PAGES / 8];
	bool no_large; /* no 2 MiB extents */
	bool no_resource; /* no acquire_resource */
	unsigned int destroy_again; /* destroy says EAGAIN so often */
	unsigned int calls;
};

/* A machine with @mib MiB. The handle owns it. */
int xc_fake_open(unsigned int mib, struct xc_interface **ret_xch, struct fake **ret_fake);
/* The end of both: false when something was left mapped or a hypercall buffer was not put back. */
bool xc_fake_close(struct xc_interface *xch);

#endif /* LIBXENCTRL_FAKE_H */
