/* SPDX-License-Identifier: GPL-2.0-only */
/* image.h: disk images by name, in one folder: NAME.raw or NAME.qcow2, NAME.json that tells of it, and
 * NAME.seed, a NoCloud disk for the guest's first boot. An image is there when its NAME.json is. */
#ifndef XEND_IMAGE_H
#define XEND_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <json-c/json.h>

#include "xend/worker.h"

#define IMAGE_NAME_MAX 64
#define IMAGE_PATH_MAX 512

/* What is to be made: the request's parameters, checked by image_spec_check(). */
struct image_job {
	const char *dir, *scripts;	/* the folder of images; that of recipes */
	const char *name, *from;	/* from: the image to be cloned, NULL: a new one */
	struct json_object *spec;	/* format, size_mib, source, suite, mirror, packages, hostname, ssh_key,
					 * user_data */
};

/* image.c: the folder. */
bool image_name_ok(const char *name);
void image_path(const char *dir, const char *name, const char *suffix, char path[IMAGE_PATH_MAX]);
/* What NAME.json has, with path, size_mib, used_mib and seed; NULL: no such image. */
struct json_object *image_describe(const char *dir, const char *name);
struct json_object *image_list(const char *dir);	/* sorted by name */
/* The name of an image that builds on this one ("" : none). */
void image_dependent(const char *dir, const char *name, char ret_name[IMAGE_NAME_MAX + 1]);
/* If the path is that of an image: its name. */
bool image_of_path(const char *dir, const char *path, char ret_name[IMAGE_NAME_MAX + 1]);
int image_delete(const char *dir, const char *name, char *why, size_t size);
/* What was left half made by a worker that ended with its xend: gets another name at once, is there any?;
 * and is removed, which may take long: in a worker. */
bool image_set_aside(const char *dir);
void image_clean(const char *dir);
void image_remove_tree(const char *path);

/* Are the keys known, of the right type, and is what they say possible? */
int image_spec_check(struct json_object *spec, bool clone, char *why, size_t size);

/* image_make.c, in workers: 0, or -Exxx with the reason in `why`. */
int image_make(const struct image_job *job, struct worker_out *out, char *why, size_t size);
/* image_seed.c, in workers: NAME.seed's content at path. */
int image_seed(const struct image_job *job, const char *folder, const char *path, char *why, size_t size);
/* Is there anything that a seed would tell? */
bool image_seed_wanted(struct json_object *spec);

const char *image_text(struct json_object *o, const char *key);	/* "" if it is not there */

#endif
