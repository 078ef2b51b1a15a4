/* SPDX-License-Identifier: GPL-2.0-only */
/* image_seed.c: the disk that tells a guest at its first boot what it is: NoCloud, as cloud-init has it: a
 * small FAT file system called CIDATA with meta-data and user-data. Runs in workers. */
#include "xend/image.h"
#include "xend/run.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "xend/config.h"

#define SEED_SIZE (4 << 20)

bool image_seed_wanted(struct json_object *spec)
{
	return *image_text(spec, "hostname") || *image_text(spec, "ssh_key") || *image_text(spec, "user_data");
}

/* YAML; each value as a JSON string, which YAML takes too. */
static void meta_data(FILE *f, const struct image_job *job)
{
	const char *host = image_text(job->spec, "hostname"), *key = image_text(job->spec, "ssh_key");
	char uuid[UUID_TEXT] = "";
	size_t len;

	uuid_new(uuid);
	fprintf(f, "instance-id: %s\nlocal-hostname: %s\n", uuid, *host ? host : job->name);
	if (*key)
		fprintf(f, "public-keys:\n");
	for (; *key; key += len + (key[len] == '\n')) {
		len = strcspn(key, "\n");
		if (len) {
			struct json_object *line = json_object_new_string_len(key, (int)len);

			fprintf(f, "  - %s\n", json_object_to_json_string_ext(line,
				JSON_C_TO_STRING_NOSLASHESCAPE));
			json_object_put(line);
		}
	}
}

static int write_files(const struct image_job *job, const char *meta, const char *user)
{
	const char *text = image_text(job->spec, "user_data");
	FILE *f = fopen(meta, "we");
	int rc;

	if (!f)
		return -errno;
	meta_data(f, job);
	rc = fclose(f) ? -EIO : 0;
	f = rc ? NULL : fopen(user, "we");
	if (!f)
		return rc ? rc : -errno;
	fputs(*text ? text : "#cloud-config\n{}\n", f);
	return fclose(f) ? -EIO : 0;
}

static int fail(int rc, const char *program, const char *said, char *why, size_t size)
{
	if (rc == -ENOENT)
		snprintf(why, size, "the program %s is not there (packages dosfstools, mtools)", program);
	else
		snprintf(why, size, "%s: %s", program, said);
	return rc;
}

int image_seed(const struct image_job *job, const char *folder, const char *path, char *why, size_t size)
{
	char meta[IMAGE_PATH_MAX], user[IMAGE_PATH_MAX], said[256];
	const char *const mkfs[] = { "mkfs.vfat", "-n", "CIDATA", path, NULL };
	const char *const copy[] = { "mcopy", "-i", path, meta, user, "::", NULL };
	FILE *f;
	int rc;

	image_path(folder, "meta-data", "", meta);
	image_path(folder, "user-data", "", user);
	rc = write_files(job, meta, user);
	f = rc ? NULL : fopen(path, "we");
	if (!f || ftruncate(fileno(f), SEED_SIZE) < 0)
		rc = rc ? rc : -errno;
	if (f)
		fclose(f);
	if (rc) {
		snprintf(why, size, "cannot write the seed: %s", strerror(-rc));
		return rc;
	}
	rc = run_program(mkfs, said, sizeof(said));
	if (rc)
		return fail(rc, mkfs[0], said, why, size);
	rc = run_program(copy, said, sizeof(said));
	return rc ? fail(rc, copy[0], said, why, size) : 0;
}
