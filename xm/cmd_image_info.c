/* SPDX-License-Identifier: GPL-2.0-only */
/* cmd_image_info.c: what is in an image, every check sum looked at, without restoring it. */
#include "xm/cmds.h"
#include "xm/config_xl.h"
#include "util/savefile.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <xenctrl.h>

#define KINDS 32	/* types below that have a row; the others one together */

struct totals {
	uint64_t count[KINDS + 1], bytes[KINDS + 1];
	uint64_t pages, data_pages, records, stored;
};

static const char *step_name(uint32_t record)
{
	return record == UINT32_MAX ? "stream header" : xc_record_name(record);
}

static int walk(struct savefile *im, const char *file, struct totals *t)
{
	struct savefile_step step;
	int rc;

	while ((rc = savefile_walk(im, &step)) > 0) {
		uint32_t k = step.record < KINDS ? step.record : KINDS;

		t->count[k] += step.record != UINT32_MAX;
		t->bytes[k] += step.bytes;
		t->pages += step.pages;
		t->data_pages += step.data_pages;
		t->records += step.record != UINT32_MAX;
		t->stored += step.stored;
	}
	if (!rc)
		return XM_OK;
	return xm_error("%s: record %llu (%s): %s.", file, (unsigned long long)t->records,
		step.record == UINT32_MAX && im->unit.kind == SAVEFILE_RECORD
			? step_name(im->unit.record) : step_name(step.record),
		im->why[0] ? im->why : strerror(-rc));
}

static struct json_object *records_json(const struct totals *t)
{
	struct json_object *o = json_object_new_object(), *r;

	for (uint32_t k = 0; k <= KINDS; k++) {
		if (!t->count[k])
			continue;
		r = json_object_new_object();
		json_object_object_add(r, "count", json_object_new_int64((int64_t)t->count[k]));
		json_object_object_add(r, "bytes", json_object_new_int64((int64_t)t->bytes[k]));
		json_object_object_add(o, k < KINDS ? xc_record_name(k) : "optional", r);
	}
	return o;
}

static struct json_object *info_json(const struct savefile *im, const struct totals *t,
	struct json_object *config)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "format",
		json_object_new_string(im->format == SAVEFILE_XL ? "xl" : "xend"));
	json_object_object_add(o, "version", json_object_new_int64(im->version));
	json_object_object_add(o, "bytes", json_object_new_int64((int64_t)im->offset));
	json_object_object_add(o, "pages", json_object_new_int64((int64_t)t->pages));
	json_object_object_add(o, "data_pages", json_object_new_int64((int64_t)t->data_pages));
	json_object_object_add(o, "records", records_json(t));
	json_object_object_add(o, "config", json_object_get(config));
	return o;
}

static void print_info(struct json_object *o)
{
	struct json_object *c = xm_get(o, "config");

	printf("%-12s %s, version %lld, %lld bytes\n", "image", xm_string(o, "format", ""),
		(long long)xm_int(o, "version", 0), (long long)xm_int(o, "bytes", 0));
	printf("%-12s %s\n%-12s %s\n", "name", xm_string(c, "name", ""), "uuid",
		xm_string(c, "uuid", ""));
	printf("%-12s %lld MiB\n%-12s %lld\n", "memory", (long long)xm_int(c, "memory_mib", 0), "vcpus",
		(long long)xm_int(c, "vcpus", 0));
	printf("%-12s %lld, %lld with data\n\n", "pages", (long long)xm_int(o, "pages", 0),
		(long long)xm_int(o, "data_pages", 0));
	printf("%-28s %8s %14s\n", "Record", "Count", "Bytes");
	json_object_object_foreach(xm_get(o, "records"), name, r)
		printf("%-28s %8lld %14lld\n", name, (long long)xm_int(r, "count", 0),
			(long long)xm_int(r, "bytes", 0));
	printf("\nAll check sums are right.\n");
}

static int show(struct xm_run *x, struct savefile *im, const char *file)
{
	struct json_object *parsed = json_tokener_parse(im->config), *config, *o;
	struct totals t = { 0 };
	const char *why;
	int rc = walk(im, file, &t);

	config = im->format == SAVEFILE_XL ? config_from_xl(parsed, &why) : json_object_get(parsed);
	if (!rc) {
		o = info_json(im, &t, config);
		if (x->json)
			xm_print_json(stdout, o);
		else
			print_info(o);
		json_object_put(o);
	}
	json_object_put(config);
	json_object_put(parsed);
	return rc;
}

static int run_image_info(struct xm_run *x)
{
	const char *file = x->argv[0];
	int fd = strcmp(file, "-") ? open(file, O_RDONLY | O_CLOEXEC) : STDIN_FILENO, rc;
	struct savefile im;

	if (fd < 0)
		return xm_error("%s: %s.", file, strerror(errno));
	rc = savefile_open(&im, fd);
	rc = rc ? xm_error("%s: %s.", file, im.why) : show(x, &im, file);
	savefile_clear(&im);
	if (fd != STDIN_FILENO)
		close(fd);
	return rc;
}

const struct xm_cmd cmd_image_info = {
	.name = "image-info", .min = 1, .max = 1, .json = true,
	.usage = "<File|->", .help = "what is in a saved file, and whether it is whole",
	.run = run_image_info,
};
