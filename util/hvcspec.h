/* SPDX-License-Identifier: GPL-2.0-only */
/* hvcspec.h: a domain's consoles beside the first: the lines of serial= and channel=. */
#ifndef UTIL_HVCSPEC_H
#define UTIL_HVCSPEC_H

#include <stddef.h>

/* Linux takes the last digit of a console's node for its number: hvc1 to hvc9. */
#define HVC_MAX 9

enum hvc_kind {
	HVC_CONSOLE,	/* served as the first console is, with a log */
	HVC_PTY,	/* a channel whose other end is a pseudo-terminal of domain 0 */
	HVC_SOCKET,	/* ... a UNIX socket of domain 0, for one client at a time */
};

struct hvc_spec {
	enum hvc_kind kind;
	char *name;	/* of a channel, for the guest to find it; or NULL */
	char *path;	/* of the socket */
};

/* "pty". 0, or -Exxx with the reason. The spec is to be cleared. */
int serial_spec_parse(const char *text, struct hvc_spec *ret_spec, char *why, size_t size);
/* "name=org.example.agent,connection=socket,path=/run/agent.sock" */
int channel_spec_parse(const char *text, struct hvc_spec *ret_spec, char *why, size_t size);
void hvc_spec_clear(struct hvc_spec *spec);
const char *hvc_kind_name(enum hvc_kind kind);

#endif
