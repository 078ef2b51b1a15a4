/* SPDX-License-Identifier: GPL-2.0-only */
/* cmd_block.c: a domain's disks: block-attach, block-detach, block-list, block-resize. */
#include "xm/cmds.h"
#include "xm/device.h"

static void print_head(void)
{
	printf("%-5s %-3s %-6s %-5s %-6s %-8s %-30s\n", "Vdev", "BE", "handle", "state", "evt-ch",
		"ring-ref", "BE-path");
}

static void print_row(struct json_object *d)
{
	printf("%-5lld %-3lld %-6lld %-5lld %-6lld %-8lld %-30s\n", (long long)xm_int(d, "devid", -1),
		(long long)xm_int(d, "backend_id", -1), (long long)xm_int(d, "devid", -1),
		(long long)xm_int(d, "state", -1), (long long)xm_int(d, "event_channel", -1),
		(long long)xm_int(d, "ring_ref", -1), xm_string(d, "backend", "-"));
}

/* Beside the table, which others read. */
static void print_error(struct json_object *d)
{
	const char *text = xm_string(d, "io_error", NULL);
	int64_t count = xm_int(d, "io_errors", 0);	/* since it was attached */

	if (text)
		fprintf(stderr, "Warning: %s (the last of %lld)\n", text, (long long)count);
}

static const struct xm_device_class disks = {
	.name = "vbd", .print_head = print_head, .print_row = print_row, .print_error = print_error,
};

/* One specification, or its fields as operands of their own: xm's BACK FRONT MODE, xl's disk parts. */
const struct xm_cmd cmd_block_attach = {
	.name = "block-attach", .aliases = { "vbd-create" }, .min = 2, .max = 6, .json = true,
	.domains = true, .usage = "<Domain> <Disk> | <Domain> <BackDev> <FrontDev> <Mode>",
	.help = "give a running domain a disk", .devices = &disks, .run = xm_device_attach,
};

const struct xm_cmd cmd_block_detach = {
	.name = "block-detach", .aliases = { "vbd-destroy" }, .min = 2, .max = 2, .domains = true,
	.usage = "[-f] <Domain> <FrontDev>", .help = "take a disk from a domain",
	.opts = { { 'f', "force", NULL, "even if the guest uses it" } },
	.devices = &disks, .run = xm_device_detach,
};

const struct xm_cmd cmd_block_list = {
	.name = "block-list", .aliases = { "vbd-list" }, .min = 1, .max = 1, .json = true,
	.domains = true, .usage = "<Domain>", .help = "print a domain's disks",
	.devices = &disks, .run = xm_device_list,
};

const struct xm_cmd cmd_block_resize = {
	.name = "block-resize", .min = 2, .max = 3, .json = true, .domains = true,
	.usage = "<Domain> <FrontDev> [<Size>]", .help = "give a disk in use another size, or take up the one it has",
	.devices = &disks, .run = xm_device_resize,
};
