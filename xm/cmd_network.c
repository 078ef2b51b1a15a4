/* SPDX-License-Identifier: GPL-2.0-only */
/* cmd_network.c: a domain's network interfaces: network-attach, network-detach, network-list. */
#include "xm/cmds.h"
#include "xm/device.h"

/* A guest with one channel for each direction has the two in nodes of their own. */
static long long channel_of(struct json_object *d)
{
	return (long long)xm_int(d, "event_channel", xm_int(d, "event_channel_tx", -1));
}

static void print_head(void)
{
	printf("%-3s %-2s %-17s %6s %5s %6s %5s/%-11s %s\n", "Idx", "BE", "MAC Addr.", "handle", "state",
		"evt-ch", "tx-", "rx-ring-ref", "BE-path");
}

static void print_row(struct json_object *d)
{
	printf("%-3lld %-2lld %-17s %6lld %5lld %6lld %5lld/%-11lld %s\n", (long long)xm_int(d, "devid", -1),
		(long long)xm_int(d, "backend_id", -1), xm_string(d, "mac", "-"),
		(long long)xm_int(d, "handle", -1), (long long)xm_int(d, "state", -1), channel_of(d),
		(long long)xm_int(d, "tx_ring_ref", -1), (long long)xm_int(d, "rx_ring_ref", -1),
		xm_string(d, "backend", "-"));
}

static const struct xm_device_class interfaces = {
	.name = "vif", .print_head = print_head, .print_row = print_row,
};

const struct xm_cmd cmd_network_attach = {
	.name = "network-attach", .min = 1, .max = XM_ANY, .json = true, .domains = true,
	.usage = "<Domain> [bridge=<Bridge>] [mac=<Mac>] [ip=<Ip>] [rate=<Rate>] [...]",
	.help = "give a running domain a network interface",
	.devices = &interfaces, .run = xm_device_attach,
};

const struct xm_cmd cmd_network_detach = {
	.name = "network-detach", .min = 2, .max = 2, .domains = true,
	.usage = "[-f] <Domain> <Id|Mac>", .help = "take a network interface from a domain",
	.opts = { { 'f', "force", NULL, "even if the guest uses it" } },
	.devices = &interfaces, .run = xm_device_detach,
};

const struct xm_cmd cmd_network_list = {
	.name = "network-list", .aliases = { "vif-list" }, .min = 1, .max = 1, .json = true,
	.domains = true, .usage = "<Domain>", .help = "print a domain's network interfaces",
	.devices = &interfaces, .run = xm_device_list,
};
