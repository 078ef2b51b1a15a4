/* SPDX-License-Identifier: GPL-2.0-only */
/* channel.h: a channel's end in domain 0: a pseudo-terminal, or a UNIX socket that one program at a time
 * connects to. It outlives the guest's end, and ends with xend: a new xend makes it again. */
#ifndef XEND_CHANNEL_H
#define XEND_CHANNEL_H

#include <stddef.h>

#include <event2/event.h>

#include "util/hvcspec.h"
#include "xend/console.h"

struct channel;

/* 0, or -Exxx with the reason. The console is to be freed before the channel is closed. */
int channel_open(struct event_base *base, struct console *con, const struct hvc_spec *spec,
	struct channel **ret_channel, char *why, size_t size);
void channel_close(struct channel *ch);		/* NULL allowed */
/* The pseudo-terminal's or the socket's path. */
const char *channel_path(const struct channel *ch);

#endif
