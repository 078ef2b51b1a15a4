/* SPDX-License-Identifier: GPL-2.0-only */
/* device.h: what the commands on a domain's devices share; a class is a row that theirs name. */
#ifndef XM_DEVICE_H
#define XM_DEVICE_H

#include "xm/xm.h"

struct xm_device_class {
	const char *name;			/* in the protocol */
	void (*print_head)(void);
	void (*print_row)(struct json_object *d);
	void (*print_error)(struct json_object *d);	/* what is wrong with it, if anything; or NULL */
};

/* DOMAIN SPEC...: the fields of a specification are joined by commas. */
int xm_device_attach(struct xm_run *x);
/* DOMAIN DEVICE */
int xm_device_detach(struct xm_run *x);
/* DOMAIN DEVICE [SIZE] */
int xm_device_resize(struct xm_run *x);
/* DOMAIN */
int xm_device_list(struct xm_run *x);

#endif
