/* SPDX-License-Identifier: GPL-2.0-only */
/* options.h: xenstored's command line. */
#ifndef XENSTORED_OPTIONS_H
#define XENSTORED_OPTIONS_H

#include <stdbool.h>
#include <stdio.h>
#include "xenstored/quota.h"

struct options {
	const char *dir;       /* where socket, state and lock are */
	const char *pid_file;  /* NULL: none */
	const char *log_file;  /* NULL: stderr */
	bool foreground, print_pid, trace, verbose, own_kernel, help;
	bool forget;	       /* start empty though there is a state file */
	unsigned int quota[QUOTA_COUNT];
};

/* 0, or -EINVAL with a message on err. */
int options_parse(int argc, char **argv, struct options *ret_options, FILE *err);
void options_usage(FILE *out);

#endif
