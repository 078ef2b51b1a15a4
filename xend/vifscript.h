/* SPDX-License-Identifier: GPL-2.0-only */
/* vifscript.h: the classic hotplug scripts of network interfaces. For workers: it waits. */
#ifndef XEND_VIFSCRIPT_H
#define XEND_VIFSCRIPT_H

#include "xend/backend.h"

/* Runs vif->script with the action "online" or "offline". A failure is told in the script's own words,
 * from the store's hotplug-error or its standard error. */
int vifscript_run(const struct be_vif *vif, const char *action, char *why, size_t size);

#endif
