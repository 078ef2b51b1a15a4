/* SPDX-License-Identifier: MIT */
/* xenctrl.h: libxenctrl, control of a Xen hypervisor from dom0.
 *
 * Unless a comment says otherwise a function returns 0, or -1 with errno set (NULL with errno set
 * where it returns a pointer), and writes through its pointers only when it succeeds. errno is the
 * hypervisor's own where the hypervisor said no. xc_last_error() has the step and the cause in
 * words. Nothing prints, exits or installs signal handlers. One handle belongs to one thread.
 *
 * The structures of the hypercalls are in include/xen (domctl.h, sysctl.h); the numbers behind them
 * were measured on Xen 4.17 with Debian's tools. */
#ifndef XENCTRL_H
#define XENCTRL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <xen/xen.h>
#include <xen/domctl.h>
#include <xen/sysctl.h>
#include <xen/version.h>

#ifdef __cplusplus
extern "C" {
#endif

#define XC_PAGE_SHIFT	12
#define XC_PAGE_SIZE	(1UL << XC_PAGE_SHIFT)

struct xc_interface;
struct xc_evtchn;
struct xc_gntdev;

typedef struct xen_domctl_getdomaininfo xc_domaininfo_t;
typedef struct xen_domctl_getvcpuinfo xc_vcpuinfo_t;
typedef struct xen_sysctl_physinfo xc_physinfo_t;
typedef struct xen_sysctl_cputopo xc_cputopo_t;
typedef struct xen_sysctl_meminfo xc_meminfo_t;
typedef struct xen_sysctl_cpuinfo xc_cpuinfo_t;

/* ---- handle ---------------------------------------------------------------------------------- */

/* Opens /dev/xen/privcmd (or /proc/xen/privcmd). ENOENT: not running on Xen, or xen-privcmd is not
 * loaded; EACCES: not root. The descriptors are close-on-exec; after fork() the child opens anew. */
struct xc_interface *xc_interface_open(void);
void xc_interface_close(struct xc_interface *xch); /* NULL is allowed */

/* "step: cause" of the last call on this handle that failed, "" when none has. Never NULL; valid
 * until the next call on the handle. */
const char *xc_last_error(const struct xc_interface *xch);

/* ---- raw access ------------------------------------------------------------------------------ */

/* Zeroed, page-aligned memory that the hypervisor may access (locked). @bytes as given to alloc. */
void *xc_buffer_alloc(struct xc_interface *xch, size_t bytes);
void xc_buffer_free(struct xc_interface *xch, void *buffer, size_t bytes);

/* Result of the hypercall, >= 0, or -1. Memory behind the arguments must come from
 * xc_buffer_alloc(). */
long xc_hypercall(struct xc_interface *xch, unsigned int op, const uint64_t args[5]);

/* The interface version is filled in, the structure is copied back on success. Handles in it must
 * point into xc_buffer_alloc() memory. -EAGAIN and friends are not retried. */
int xc_domctl(struct xc_interface *xch, struct xen_domctl *op);
int xc_sysctl(struct xc_interface *xch, struct xen_sysctl *op);

/* memory_op and mmuext_op with an argument of @bytes that is copied in and back; result >= 0. */
long xc_memory_op(struct xc_interface *xch, unsigned int cmd, void *arg, size_t bytes);
int xc_mmuext_op(struct xc_interface *xch, struct mmuext_op *ops, unsigned int count,
		 uint32_t foreign_domid);

/* ---- the machine ----------------------------------------------------------------------------- */

/* XENVER_*: @arg is what the command fills (NULL for version, pagesize). Returns the result, for
 * XENVER_version major << 16 | minor. */
long xc_version(struct xc_interface *xch, int cmd, void *arg);

int xc_physinfo(struct xc_interface *xch, xc_physinfo_t *ret_info);

/* Number of possible physical cpus and nodes (highest id + 1): how many bits a map needs. */
int xc_get_max_cpus(struct xc_interface *xch);
int xc_get_max_nodes(struct xc_interface *xch);

/* Up to @max entries, index = cpu id; core, socket and node are XEN_INVALID_*_ID for absent cpus.
 * Returns how many cpus there are (may be more than @max). */
int xc_cputopoinfo(struct xc_interface *xch, unsigned int max, xc_cputopo_t *topo);

/* As above for nodes; @distance is max * max, row = from, or NULL. */
int xc_numainfo(struct xc_interface *xch, unsigned int max, xc_meminfo_t *mem, uint32_t *distance);

/* Idle time in ns of each cpu since boot; returns how many were written. */
int xc_getcpuinfo(struct xc_interface *xch, unsigned int max, xc_cpuinfo_t *info);

/* Free memory in bytes with at most @max_width address bits (0: any) on @node (-1: all). */
int xc_availheap(struct xc_interface *xch, unsigned int min_width, unsigned int max_width,
		 int node, uint64_t *ret_bytes);

int xc_sched_id(struct xc_interface *xch, uint32_t *ret_sched_id); /* XEN_SCHEDULER_* */

/* The hypervisor's messages: at most @size bytes, not NUL-terminated. With @incremental from
 * *@index on, which is moved. Returns the number of bytes. */
int xc_readconsole(struct xc_interface *xch, char *buffer, unsigned int size, bool clear,
		   bool incremental, uint32_t *index);

int xc_send_debug_keys(struct xc_interface *xch, const char *keys);

struct xc_cpupool {
	uint32_t id;
	uint32_t sched_id;
	uint32_t n_dom;
	uint8_t cpumap[1024]; /* bit = cpu */
};

/* The pool with this id or the next higher one; ENOENT past the last. */
int xc_cpupool_getinfo(struct xc_interface *xch, uint32_t poolid, struct xc_cpupool *ret_pool);

/* ---- domains --------------------------------------------------------------------------------- */

/* *domid 0 asks for any free id and gets it; other values ask for that id (EEXIST). The domain is
 * paused, without memory and with config->max_vcpus vcpus that are down. */
int xc_domain_create(struct xc_interface *xch, uint32_t *domid,
		     const struct xen_domctl_createdomain *config);
int xc_domain_max_vcpus(struct xc_interface *xch, uint32_t domid, unsigned int max);

/* Pauses and unpauses count: as many unpauses as pauses; a new domain has one. */
int xc_domain_pause(struct xc_interface *xch, uint32_t domid);
int xc_domain_unpause(struct xc_interface *xch, uint32_t domid);

/* Frees everything the domain owns; goes on while the hypervisor asks to be called again, which for
 * a large domain takes seconds. While others map its pages it stays as a zombie ("dying"). */
int xc_domain_destroy(struct xc_interface *xch, uint32_t domid);

/* Marks it shut down (SHUTDOWN_*) as if it had done so itself. resume: undo, for a failed save. */
int xc_domain_shutdown(struct xc_interface *xch, uint32_t domid, unsigned int reason);
int xc_domain_resume(struct xc_interface *xch, uint32_t domid);

/* Exactly this domain: ESRCH when there is none. */
int xc_domain_getinfo(struct xc_interface *xch, uint32_t domid, xc_domaininfo_t *ret_info);

/* Up to @max domains with id >= @first, ascending. Returns how many. */
int xc_domain_getinfolist(struct xc_interface *xch, uint32_t first, unsigned int max,
			  xc_domaininfo_t *list);

/* SHUTDOWN_* of a domain whose XEN_DOMINF_shutdown flag is set. */
static inline unsigned int xc_shutdown_reason(const xc_domaininfo_t *info)
{
	return info->flags >> XEN_DOMINF_shutdownshift & XEN_DOMINF_shutdownmask;
}

/* XEN_DOMCTL_SENDTRIGGER_*; a PV guest knows the NMI only. */
int xc_domain_send_trigger(struct xc_interface *xch, uint32_t domid, uint32_t trigger,
			   uint32_t vcpu);

int xc_domain_sethandle(struct xc_interface *xch, uint32_t domid, const xen_domain_handle_t uuid);
int xc_domain_setmaxmem(struct xc_interface *xch, uint32_t domid, uint64_t kib);

/* Guest word size in bits. Setting 64 is what a 64-bit PV guest has anyway. */
int xc_domain_set_address_size(struct xc_interface *xch, uint32_t domid, unsigned int bits);
int xc_domain_get_address_size(struct xc_interface *xch, uint32_t domid, unsigned int *ret_bits);

/* tsc_mode as in domctl.h; khz 0: the host's. */
int xc_domain_set_tsc_info(struct xc_interface *xch, uint32_t domid,
			   const struct xen_domctl_tsc_info *info);
int xc_domain_get_tsc_info(struct xc_interface *xch, uint32_t domid,
			   struct xen_domctl_tsc_info *ret_info);

/* Fills the guest frame @gmfn with the hypercall stubs. */
int xc_domain_hypercall_init(struct xc_interface *xch, uint32_t domid, xen_pfn_t gmfn);

struct xc_e820entry { /* 20 bytes, as Linux and the BIOS have it */
	uint64_t addr, size;
	uint32_t type; /* 1 RAM, 2 reserved */
} __attribute__((packed));

int xc_domain_set_memory_map(struct xc_interface *xch, uint32_t domid,
			     const struct xc_e820entry *map, unsigned int count);

/* Memory for the domain in extents of 2^@order frames: gfns in, mfns out (first frame of each).
 * Returns how many extents got memory, -1 when none. Up to 65536 extents a call. */
long xc_domain_populate_physmap(struct xc_interface *xch, uint32_t domid, unsigned long count,
				unsigned int order, unsigned int mem_flags, xen_pfn_t *extents);

/* op: XEN_DOMCTL_SHADOW_OP_*; @bitmap of @pages bits or NULL. Returns pages seen. */
int xc_shadow_control(struct xc_interface *xch, uint32_t domid, unsigned int op, unsigned int mode,
		      uint8_t *bitmap, uint64_t pages, struct xen_domctl_shadow_op_stats *ret_stats);

/* Leaves and MSRs of a domain, or of XEN_SYSCTL_cpu_policy_*: counts in (room) and out. NULL arrays
 * ask for the counts. */
int xc_get_cpu_policy(struct xc_interface *xch, unsigned int index, uint32_t *nr_leaves,
		      xen_cpuid_leaf_t *leaves, uint32_t *nr_msrs, xen_msr_entry_t *msrs);
int xc_domain_get_cpu_policy(struct xc_interface *xch, uint32_t domid, uint32_t *nr_leaves,
			     xen_cpuid_leaf_t *leaves, uint32_t *nr_msrs, xen_msr_entry_t *msrs);
int xc_domain_set_cpu_policy(struct xc_interface *xch, uint32_t domid, uint32_t nr_leaves,
			     const xen_cpuid_leaf_t *leaves, uint32_t nr_msrs,
			     const xen_msr_entry_t *msrs);

/* ---- vcpus ----------------------------------------------------------------------------------- */

int xc_vcpu_setcontext(struct xc_interface *xch, uint32_t domid, uint32_t vcpu,
		       const struct vcpu_guest_context *context);
int xc_vcpu_getcontext(struct xc_interface *xch, uint32_t domid, uint32_t vcpu,
		       struct vcpu_guest_context *ret_context);
int xc_vcpu_getinfo(struct xc_interface *xch, uint32_t domid, uint32_t vcpu,
		    xc_vcpuinfo_t *ret_info);

/* Maps of @bits bits (see xc_get_max_cpus), bit 0 first, (bits + 7) / 8 bytes; either may be NULL.
 * set: bits beyond the machine's cpus are ignored, an empty result is EINVAL. */
int xc_vcpu_setaffinity(struct xc_interface *xch, uint32_t domid, uint32_t vcpu,
			const uint8_t *hard, const uint8_t *soft, unsigned int bits);
/* Also where the guest's kernel has pinned the vcpu itself (SCHEDOP_pin_override). */
int xc_vcpu_forceaffinity(struct xc_interface *xch, uint32_t domid, uint32_t vcpu,
			  const uint8_t *hard, const uint8_t *soft, unsigned int bits);
int xc_vcpu_getaffinity(struct xc_interface *xch, uint32_t domid, uint32_t vcpu, uint8_t *hard,
			uint8_t *soft, unsigned int bits);
int xc_domain_node_setaffinity(struct xc_interface *xch, uint32_t domid, const uint8_t *nodes,
			       unsigned int bits);
int xc_domain_node_getaffinity(struct xc_interface *xch, uint32_t domid, uint8_t *nodes,
			       unsigned int bits);

/* Weight 1..65535, default 256; cap in percent of one cpu, 0 none. @sched_id: XEN_SCHEDULER_CREDIT
 * or _CREDIT2, that of the domain's pool. */
struct xc_sched_params {
	uint16_t weight, cap;
};
int xc_sched_domain_set(struct xc_interface *xch, uint32_t domid, uint32_t sched_id,
			const struct xc_sched_params *params);
int xc_sched_domain_get(struct xc_interface *xch, uint32_t domid, uint32_t sched_id,
			struct xc_sched_params *ret_params);

/* What holds for a whole pool; credit2 has the rate limit only (0: none), the others are 0 then and
 * ignored. set writes all of them. */
struct xc_sched_limits {
	uint32_t ratelimit_us, tslice_ms, migr_delay_us;
};
int xc_sched_limits_set(struct xc_interface *xch, uint32_t poolid, uint32_t sched_id,
			const struct xc_sched_limits *limits);
int xc_sched_limits_get(struct xc_interface *xch, uint32_t poolid, uint32_t sched_id,
			struct xc_sched_limits *ret_limits);

/* ---- other domains' memory ------------------------------------------------------------------- */

/* Maps @count frames of @domid (DOMID_XEN, DOMID_IO too) one behind the other; @prot as for mmap().
 * With @errs NULL one bad frame fails all; else errs[i] is 0 or -errno of each, and touching a
 * failed one is SIGBUS. A mapping keeps the frame from being freed. */
void *xc_map_foreign(struct xc_interface *xch, uint32_t domid, int prot, const xen_pfn_t *frames,
		     size_t count, int *errs);
void xc_unmap_foreign(struct xc_interface *xch, void *addr, size_t count);

/* Maps frames of a resource of the domain, XENMEM_resource_*; undone by xc_unmap_foreign(). */
void *xc_map_resource(struct xc_interface *xch, uint32_t domid, unsigned int type, unsigned int id,
		      unsigned long frame, unsigned long count, int prot);

/* Writes entries 0 and 1 of the guest's grant table (version 1), so that @console_domid and
 * @store_domid may map those frames. A frame of 0 leaves its entry alone. */
int xc_grant_seed(struct xc_interface *xch, uint32_t domid, xen_pfn_t console_mfn,
		  uint32_t console_domid, xen_pfn_t store_mfn, uint32_t store_domid);

/* Writes the memory and the registers of a PV domain, which should be paused, to the start of the file
 * @fd in the ELF format of the classic tools (sections .note.Xen, .xen_prstatus, .xen_shared_info,
 * .xen_pages, .xen_p2m). Long: call it in a worker. ENODATA: the guest's kernel has not told where
 * its list of frames is. @progress as in xc_dom_params. Returns the number of pages. */
long xc_domain_dump_core(struct xc_interface *xch, uint32_t domid, int fd,
			 int (*progress)(void *opaque, const char *step, int percent), void *opaque);

/* Frame behind a virtual address of a PV vcpu's kernel page tables (walked in the guest). */
int xc_translate_address(struct xc_interface *xch, uint32_t domid, uint32_t vcpu, uint64_t va,
			 xen_pfn_t *ret_mfn);

/* ---- event channels -------------------------------------------------------------------------- */

/* A port of @domid that @remote_domid may bind to: how the toolstack makes a guest's console and
 * store channels. Returns the port. */
int xc_evtchn_alloc_unbound(struct xc_interface *xch, uint32_t domid, uint32_t remote_domid);
int xc_evtchn_reset(struct xc_interface *xch, uint32_t domid);
int xc_evtchn_status(struct xc_interface *xch, struct evtchn_status *status);

/* /dev/xen/evtchn: ports of this process, freed when it ends. The descriptor is non-blocking and
 * readable when a port is pending. */
struct xc_evtchn *xc_evtchn_open(void);
void xc_evtchn_close(struct xc_evtchn *xce); /* NULL is allowed */
int xc_evtchn_fd(const struct xc_evtchn *xce);

/* The bind functions return a local port. A port bound to a domain is pending at once. */
int xc_evtchn_bind_unbound_port(struct xc_evtchn *xce, uint32_t domid);
int xc_evtchn_bind_interdomain(struct xc_evtchn *xce, uint32_t domid, uint32_t remote_port);
int xc_evtchn_bind_virq(struct xc_evtchn *xce, unsigned int virq); /* EEXIST: another has it */
int xc_evtchn_unbind(struct xc_evtchn *xce, uint32_t port);
int xc_evtchn_notify(struct xc_evtchn *xce, uint32_t port);

/* Next port that fired, now masked until unmasked; -1 with EAGAIN when there is none. */
int xc_evtchn_pending(struct xc_evtchn *xce);
int xc_evtchn_unmask(struct xc_evtchn *xce, uint32_t port);

/* ---- grants ---------------------------------------------------------------------------------- */

/* /dev/xen/gntdev: pages granted to this domain. */
struct xc_gntdev *xc_gntdev_open(void);
void xc_gntdev_close(struct xc_gntdev *xcg); /* NULL is allowed */

/* @count pages of @domid, one behind the other. */
void *xc_gntdev_map(struct xc_gntdev *xcg, uint32_t domid, const uint32_t *refs,
		    unsigned int count, int prot);
int xc_gntdev_unmap(struct xc_gntdev *xcg, void *addr, unsigned int count);

/* When the mapping goes away, even by our death: notify event channel @port and, with @offset >= 0,
 * clear the byte at that offset in it. */
int xc_gntdev_notify_on_unmap(struct xc_gntdev *xcg, void *addr, long offset, uint32_t port);

/* ---- building a PV domain -------------------------------------------------------------------- */

struct xc_dom_params {
	const char *kernel; /* path: bzImage, ELF, or ELF packed with gzip, xz, zstd or lz4 */
	const char *ramdisk; /* path or NULL */
	const char *cmdline; /* or NULL; at most MAX_GUEST_CMDLINE - 1 bytes */
	uint64_t memory_kib; /* populated now; a multiple of 4 */
	uint64_t maxmem_kib; /* size of the physical address space; 0: memory_kib */
	uint32_t console_domid, store_domid; /* who serves them, normally 0 */
	uint32_t console_evtchn, store_evtchn; /* from xc_evtchn_alloc_unbound() */
	/* Called whenever @percent (0..100 of the whole) has changed. A nonzero result stops the
	 * build with ECANCELED. NULL is allowed. */
	int (*progress)(void *opaque, const char *step, int percent);
	void *opaque;
};

struct xc_dom_result {
	xen_pfn_t console_mfn, store_mfn; /* for xenstored's introduce and for consoles */
	xen_pfn_t shared_info_mfn;
	uint64_t pages; /* populated */
	uint64_t entry; /* virtual address of the first instruction */
	char guest_os[32]; /* what the kernel says it is, e.g. "linux 2.6" */
};

/* Fills a domain that is created and paused, has its maximum memory and vcpus set and no memory
 * yet: gives it memory, loads the kernel, builds page tables, start_info and the first vcpu. On
 * failure the domain is half built: destroy it. Blocks for seconds: call it in a worker.
 *
 * errno: ENOENT, EACCES, ... of the files; ENOEXEC: not a kernel or not a paravirtual one; EFBIG:
 * kernel or ramdisk too large for the memory or the limits; ENOMEM: the machine has not enough free
 * memory; EINVAL: parameters; else the hypervisor's. xc_last_error() names the file and reason. */
int xc_dom_build(struct xc_interface *xch, uint32_t domid, const struct xc_dom_params *params,
		 struct xc_dom_result *ret_result);

/* The same checks of the two files without a domain or a hypervisor: a reason
 * in @text, always terminated, when it returns -1. */
int xc_dom_check_images(const struct xc_dom_params *params, char *text, size_t size);

/* The ELF file, of at most @limit bytes, in a kernel (bzImage, ELF, packed ELF) that is in memory, for a process
 * that does no more: who builds need then not unpack what a stranger packed. *ret_elf is to be freed.
 * errno as of xc_dom_build(), and the reason in @text. */
int xc_dom_unpack(const void *kernel, size_t kernel_size, size_t limit, void **ret_elf, size_t *ret_size,
		  char *text, size_t size);

/* ---- saving and restoring -------------------------------------------------------------------- */

/* Types of the records of a migration stream (Xen's docs/specs, version 3). */
enum xc_record {
	XC_RECORD_END,
	XC_RECORD_PAGE_DATA,
	XC_RECORD_PV_INFO,
	XC_RECORD_P2M_FRAMES,
	XC_RECORD_VCPU_BASIC,
	XC_RECORD_VCPU_EXTENDED,
	XC_RECORD_VCPU_XSAVE,
	XC_RECORD_SHARED_INFO,
	XC_RECORD_TSC_INFO,
	XC_RECORD_HVM_CONTEXT,
	XC_RECORD_HVM_PARAMS,
	XC_RECORD_TOOLSTACK,
	XC_RECORD_VCPU_MSRS,
	XC_RECORD_VERIFY,
	XC_RECORD_CHECKPOINT,
	XC_RECORD_DIRTY_PFNS,
	XC_RECORD_STATIC_END,
	XC_RECORD_CPUID_POLICY,
	XC_RECORD_MSR_POLICY,
};
const char *xc_record_name(uint32_t type); /* never NULL */

struct iovec;

struct xc_save_round {
	unsigned int number; /* from 0 */
	uint64_t pages; /* that it was about */
	uint64_t data_pages; /* that were written */
	uint64_t dirty; /* pages that the domain has written to meanwhile */
};

struct xc_save_params {
	/* Writes one unit: the two headers (first), then each record with its header and padding.
	 * 0 or -Exxx, which ends the save. */
	int (*put)(void *opaque, const struct iovec *iov, int count);
	int (*progress)(void *opaque, const char *step, int percent); /* as in xc_dom_params */
	void *opaque;
	/* The process ends soon: what is mapped of the guest stays so until then, which costs much
	 * less than a page table update for each page. */
	bool keep_windows;
	/* A live migration sets both. The domain runs, and its memory goes out in rounds while the
	 * hypervisor notes what is written. round: after each; 0: another one, 1: that will do,
	 * -Exxx. suspend: returns when the domain has suspended itself, or -Exxx. When it goes on in
	 * spite of all this: xc_domain_live_end(). */
	int (*round)(void *opaque, const struct xc_save_round *round);
	int (*suspend)(void *opaque);
};

struct xc_save_stats {
	uint64_t pages; /* that the guest has */
	uint64_t data_pages; /* that were written */
	uint64_t zero_pages;
	uint64_t records;
};

/* A PV domain that has suspended itself (SHUTDOWN_suspend), or will (live), as a stream. The domain stays
 * as it is: destroy it, or xc_domain_resume_cancelled(). EOPNOTSUPP, live: the hypervisor cannot note
 * what is written. */
int xc_domain_save(struct xc_interface *xch, uint32_t domid, const struct xc_save_params *params,
		   struct xc_save_stats *ret_stats);

/* The guest goes on as if its suspend had been cancelled, with its event channels and grants. */
int xc_domain_resume_cancelled(struct xc_interface *xch, uint32_t domid);

/* After a live save of a domain that stays, or while it runs and the save was given up: nothing is noted
 * any more. No error if nothing was. */
int xc_domain_live_end(struct xc_interface *xch, uint32_t domid);

struct xc_restore_params {
	/* Reads exactly what @iov asks for; 0 or -Exxx (-ENODATA: the end came too early). */
	int (*get)(void *opaque, const struct iovec *iov, int count);
	/* At the end of each unit (see xc_save_params): its sums are right (else EBADMSG), and it
	 * ends here? */
	int (*check)(void *opaque);
	const char *(*why)(void *opaque); /* the reason of the last failure, or NULL, "" */
	int (*progress)(void *opaque, const char *step, int percent);
	void *opaque;
	bool keep_windows; /* as in xc_save_params */
	uint32_t console_domid, store_domid;
	uint32_t console_evtchn, store_evtchn; /* from xc_evtchn_alloc_unbound() */
};

struct xc_restore_result {
	xen_pfn_t console_mfn, store_mfn;
	uint64_t pages, data_pages;
};

/* Fills a domain as xc_dom_build() does, from a stream. On failure destroy it; xc_last_error() names
 * the record. ENOMEM: no memory left; EINVAL: the stream is not right; EOPNOTSUPP: it may be, but
 * not for us; else of get, check or the hypervisor. */
int xc_domain_restore(struct xc_interface *xch, uint32_t domid,
		      const struct xc_restore_params *params, struct xc_restore_result *ret_result);

#ifdef __cplusplus
}
#endif

#endif /* XENCTRL_H */
