/* SPDX-License-Identifier: GPL-2.0-only */
/* version.c: xen_version: which hypervisor this is and what it can do. No locks. */
#include <hv/hypercall.h>
#include <hv/domain.h>
#include <hv/guest_access.h>
#include <hv/arch.h>
#include <hv/lib.h>
#include <hv/param.h>
#include <hv/version.h>
#include <asm/current.h>
#include <xen/version.h>

#define HV_EXTRAVERSION  ".0-pv"

/* HV_CHANGESET, HV_COMPILE_BY, _DOMAIN and _DATE come from the Makefile: the commit and its date,
 * so that one source makes one image. */
const struct hv_version hv_version = {
	.extra = HV_EXTRAVERSION, .changeset = HV_CHANGESET, .compiler = __VERSION__, .compile_by = HV_COMPILE_BY,
	.compile_domain = HV_COMPILE_DOMAIN, .compile_date = HV_COMPILE_DATE,
};
const char hv_build[] = HV_CHANGESET ", " HV_COMPILE_DATE;

static long put(unsigned long guest, const void *src, size_t n)
{
	return copy_to_guest_raw((void *)guest, src, n) ? -EFAULT : 0;
}

static long ver_version(unsigned long guest)
{
	return HV_VERSION_MAJOR << 16 | HV_VERSION_MINOR;
}

static long ver_extraversion(unsigned long guest)
{
	xen_extraversion_t s = { 0 };

	strlcpy(s, HV_EXTRAVERSION, sizeof(s));
	return put(guest, s, sizeof(s));
}

static long ver_compile_info(unsigned long guest)
{
	struct xen_compile_info info = { 0 };

	strlcpy(info.compiler, __VERSION__, sizeof(info.compiler));
	strlcpy(info.compile_by, HV_COMPILE_BY, sizeof(info.compile_by));
	strlcpy(info.compile_domain, HV_COMPILE_DOMAIN, sizeof(info.compile_domain));
	strlcpy(info.compile_date, HV_COMPILE_DATE, sizeof(info.compile_date));
	return put(guest, &info, sizeof(info));
}

/* The whole buffer is written, so that nothing of the caller's stays behind the text. */
static long ver_capabilities(unsigned long guest)
{
	static const char zeros[256];
	char s[256] = "";
	long rc;
	size_t off;

	arch_capabilities(s, sizeof(s));
	rc = put(guest, s, sizeof(s));
	for (off = sizeof(s); !rc && off < XEN_CAPABILITIES_INFO_LEN; off += sizeof(zeros))
		rc = put(guest + off, zeros, sizeof(zeros));
	return rc;
}

static long ver_changeset(unsigned long guest)
{
	xen_changeset_info_t s = { 0 };

	strlcpy(s, HV_CHANGESET, sizeof(s));
	return put(guest, s, sizeof(s));
}

static long ver_platform_parameters(unsigned long guest)
{
	struct xen_platform_parameters p = {
		.virt_start = arch_platform_virt_start(current->domain),
	};

	return put(guest, &p, sizeof(p));
}

static long ver_get_features(unsigned long guest)
{
	struct xen_feature_info fi;

	if (copy_from_guest_raw(&fi, (const void *)guest, sizeof(fi)))
		return -EFAULT;
	if (fi.submap_idx >= XENFEAT_NR_SUBMAPS)
		return -EINVAL;
	fi.submap = arch_get_features(current->domain, fi.submap_idx);
	return put(guest, &fi, sizeof(fi));
}

static long ver_pagesize(unsigned long guest)
{
	return guest ? -EINVAL : PAGE_SIZE;
}

static long ver_guest_handle(unsigned long guest)
{
	return put(guest, current->domain->handle, sizeof(current->domain->handle));
}

static long ver_commandline(unsigned long guest)
{
	static_assert(sizeof(saved_cmdline) <= sizeof(xen_commandline_t), "fits");

	if (!current->domain->is_privileged)
		return put(guest, "<denied>", sizeof("<denied>"));
	return put(guest, saved_cmdline, sizeof(saved_cmdline));
}

/* Without an argument only its length. */
static long ver_build_id(unsigned long guest)
{
	struct xen_build_id op = { 0 };
	const void *id;
	uint32_t len;

	if (!current->domain->is_privileged)
		return -EPERM;
	if (guest && copy_from_guest_raw(&op, (const void *)guest, sizeof(op)))
		return -EFAULT;
	if (guest && !op.len)
		return -EINVAL;
	len = arch_build_id(&id);
	if (!len)
		return -ENODATA;
	if (!guest)
		return len;
	if (len > op.len)
		return -ENOBUFS;
	return put(guest + sizeof(op), id, len) ? -EFAULT : (long)len;
}

static long (*const version_rows[])(unsigned long guest) = {
	[XENVER_version] = ver_version,
	[XENVER_extraversion] = ver_extraversion,
	[XENVER_compile_info] = ver_compile_info,
	[XENVER_capabilities] = ver_capabilities,
	[XENVER_changeset] = ver_changeset,
	[XENVER_platform_parameters] = ver_platform_parameters,
	[XENVER_get_features] = ver_get_features,
	[XENVER_pagesize] = ver_pagesize,
	[XENVER_guest_handle] = ver_guest_handle,
	[XENVER_commandline] = ver_commandline,
	[XENVER_build_id] = ver_build_id,
};

long do_xen_version(unsigned long arg[])
{
	unsigned long cmd = (uint32_t)arg[0];

	if (cmd >= ARRAY_SIZE(version_rows) || !version_rows[cmd])
		return -ENOSYS;
	return version_rows[cmd](arg[1]);
}
