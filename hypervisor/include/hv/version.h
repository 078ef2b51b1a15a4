/* SPDX-License-Identifier: GPL-2.0-only */
/* version.h: which hypervisor this is (common/version.c). */
#ifndef HV_VERSION_H
#define HV_VERSION_H

#define HV_VERSION_MAJOR 4
#define HV_VERSION_MINOR 17

struct hv_version {
	const char *extra, *changeset, *compiler, *compile_by, *compile_domain, *compile_date;
};
extern const struct hv_version hv_version;

#endif
