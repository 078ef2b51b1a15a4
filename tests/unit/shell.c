/* SPDX-License-Identifier: GPL-2.0-only */
/* shell.c: shell commands for tests that make files and disks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/shell.h"

#include <stdio.h>
#include <stdlib.h>

void sh_in(const char *folder, const char *fmt, ...)
{
	char command[2048];
	int n = snprintf(command, sizeof(command), "cd %s; exec 2>&1; PATH=$PATH:/sbin:/usr/sbin; set -e; ",
		folder);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(command + n, sizeof(command) - (size_t)n, fmt, ap);
	va_end(ap);
	if (system(command))
		fail_msg("%s", command);
}
