/* SPDX-License-Identifier: GPL-2.0-only */
/* abi_table.c: the numbers of one set of ABI headers. Compiled twice, with ours and libxen-dev's. */
#include "abi_table.h"

#if defined(ABI_OURS) || __has_include(</usr/include/xen/xen.h>)

#ifndef ABI_OURS /* libxen-dev's headers expect their includer to bring these */
#include <stdint.h>
#include <sys/ioctl.h>
#endif
#include <xen/xen.h>
#include <xen/callback.h>
#include <xen/domctl.h>
#include <xen/elfnote.h>
#include <xen/errno.h>
#include <xen/event_channel.h>
#include <xen/features.h>
#include <xen/grant_table.h>
#include <xen/hypfs.h>
#include <xen/memory.h>
#include <xen/nmi.h>
#include <xen/physdev.h>
#include <xen/platform.h>
#include <xen/sched.h>
#include <xen/sysctl.h>
#include <xen/trace.h>
#include <xen/vcpu.h>
#include <xen/version.h>
#include <xen/xenoprof.h>
#include <xen/arch-x86/cpuid.h>
#include <xen/arch-x86/xen-mca.h>
#include <xen/arch-x86/hvm/start_info.h>
#include <xen/io/console.h>
#include <xen/io/ring.h>
#include <xen/io/xenbus.h>
#include <xen/io/xs_wire.h>
#include <xen/sys/evtchn.h>
#include <xen/sys/gntalloc.h>
#include <xen/sys/gntdev.h>
#include <xen/sys/privcmd.h>
#include <xen/sys/xenbus_dev.h>

#define VALUE(...)	{ #__VA_ARGS__, (long long)(__VA_ARGS__), NULL },
#define STRING(s)	{ #s, 0, s },
#define SIZE(t)		{ "sizeof " #t, sizeof(t), NULL },
#define OFFSET(t, f)	{ "offset " #t "." #f, offsetof(t, f), NULL },
#define FIELD(t, f)	OFFSET(t, f) { "sizeof " #t "." #f, sizeof(((t *)0)->f), NULL },

const struct abi_row ABI_TABLE[] = {
#include "abi-list.inc"
	{ NULL, 0, NULL }
};

#else
const struct abi_row ABI_TABLE[] = { { NULL, 0, NULL } };
#endif
