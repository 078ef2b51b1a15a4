/* SPDX-License-Identifier: GPL-2.0-only */
/* daemon.h: running xend as a process: lock, background, signals. */
#ifndef XEND_DAEMON_H
#define XEND_DAEMON_H

#include "xend/backend.h"
#include "xend/options.h"

/* Returns the exit code. */
int daemon_main(const struct options *options, const struct backend_ops *ops);

#endif
