/* SPDX-License-Identifier: GPL-2.0-only */
/* nft.h: the packet filter's rules of ours, in tables of ours: "netdev xend" and "ip xend". For workers.
 *
 * libnftables is loaded when the first rule is made: a host without such guests does without it. */
#ifndef XEND_NFT_H
#define XEND_NFT_H

#include <stddef.h>
#include <stdint.h>

#include "xend/backend.h"

/* From now on the guest sends as itself only: from its mac, and from its addresses where it has some.
 * The kernel drops these rules together with the interface. -Exxx and the reason in `why`. */
int nft_guard(const struct be_vif *vif, char *why, size_t size);

/* What comes in by this interface and leaves the host is sent as the host's own, or no longer. */
int nft_masquerade(const char *ifname, char *why, size_t size);
int nft_masquerade_end(const char *ifname);	/* no error if it was not */

/* All tables of ours go. */
void nft_clear(void);

#endif
