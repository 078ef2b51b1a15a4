/* SPDX-License-Identifier: GPL-2.0-only */
/* qmp.h: QEMU's monitor protocol, as far as we speak it. For workers: it waits. */
#ifndef XEND_QMP_H
#define XEND_QMP_H

#include <stddef.h>

#include <json-c/json.h>

struct qmp {
	int fd;
	size_t len;
	char buf[16384];
};

/* The socket, and the greeting's answer. -ECONNREFUSED or -ENOENT: nobody is there (yet). */
int qmp_connect(const char *path, struct qmp *ret_qmp, char *why, size_t size);
/* arguments (NULL: none) are taken over. ret_return: NULL, or to be put. The reason has no arguments in it. */
int qmp_call(struct qmp *q, const char *command, struct json_object *arguments, struct json_object **ret_return,
	char *why, size_t size);
void qmp_close(struct qmp *q);

#endif
