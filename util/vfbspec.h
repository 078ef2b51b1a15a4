/* SPDX-License-Identifier: GPL-2.0-only */
/* vfbspec.h: a framebuffer as configurations describe it. */
#ifndef UTIL_VFBSPEC_H
#define UTIL_VFBSPEC_H

#include <stdbool.h>
#include <stddef.h>

#define VNC_PORT 5900		/* of display 0 */
#define VNC_DISPLAY_MAX 9999

struct vfb_spec {
	char *listen;		/* an address; NULL: 127.0.0.1 */
	char *passwd, *keymap;	/* or NULL */
	int display;		/* port VNC_PORT + this, or the next that is free */
	bool unused;		/* the next will do */
};

/* "vnc=1,vnclisten=127.0.0.1,vncpasswd=secret". 0, or -Exxx with the reason, in which there is no password.
 * The spec is to be cleared. */
int vfb_spec_parse(const char *text, struct vfb_spec *ret_spec, char *why, size_t size);
void vfb_spec_clear(struct vfb_spec *spec);
const char *vfb_spec_listen(const struct vfb_spec *spec);

#endif
