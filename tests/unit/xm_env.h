/* SPDX-License-Identifier: GPL-2.0-only */
/* xm_env.h: run xm inside the test and keep what it prints. */
#ifndef XM_ENV_H
#define XM_ENV_H

/* Words end with NULL. The exit code; what it wrote is in xm_out and xm_err until the next run. */
int xm_ran(const char *word, ...);
extern char xm_out[65536], xm_err[65536];

#endif
