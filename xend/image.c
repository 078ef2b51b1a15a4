/* SPDX-License-Identifier: GPL-2.0-only */
/* image.c: the folder of images: what there is, what builds on what, and away with it. */
#include "xend/image.h"

#include <dirent.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool image_name_ok(const char *name)
{
	size_t len = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.+");

	return len && len <= IMAGE_NAME_MAX && !name[len] && name[0] != '.' && name[0] != '-';
}

void image_path(const char *dir, const char *name, const char *suffix, char path[IMAGE_PATH_MAX])
{
	snprintf(path, IMAGE_PATH_MAX, "%s/%s%s", dir, name, suffix);
}

const char *image_text(struct json_object *o, const char *key)
{
	struct json_object *v;

	return json_object_object_get_ex(o, key, &v) && json_object_is_type(v, json_type_string)
		? json_object_get_string(v) : "";
}

/* The size that a guest sees: of a qcow2 image its header has it. */
static uint64_t virtual_size(const char *path, bool qcow2, const struct stat *st)
{
	uint64_t size = 0;
	int fd;

	if (!qcow2)
		return (uint64_t)st->st_size;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || pread(fd, &size, sizeof(size), 24) != sizeof(size))
		size = 0;
	if (fd >= 0)
		close(fd);
	return be64toh(size);
}

struct json_object *image_describe(const char *dir, const char *name)
{
	char path[IMAGE_PATH_MAX], suffix[16];
	struct json_object *o;
	struct stat st;

	if (!image_name_ok(name))
		return NULL;
	image_path(dir, name, ".json", path);
	o = json_object_from_file(path);
	if (!json_object_is_type(o, json_type_object)) {
		json_object_put(o);
		return NULL;
	}
	snprintf(suffix, sizeof(suffix), ".%.10s", image_text(o, "format"));
	image_path(dir, name, suffix, path);
	json_object_object_add(o, "name", json_object_new_string(name));
	json_object_object_add(o, "path", json_object_new_string(path));
	if (!stat(path, &st)) {
		json_object_object_add(o, "size_mib", json_object_new_int64((int64_t)(
			virtual_size(path, !strcmp(suffix, ".qcow2"), &st) >> 20)));
		json_object_object_add(o, "used_mib", json_object_new_int64(st.st_blocks / 2048));
	}
	image_path(dir, name, ".seed", path);
	if (!access(path, F_OK))
		json_object_object_add(o, "seed", json_object_new_string(path));
	return o;
}

static int is_record(const struct dirent *e)
{
	size_t len = strlen(e->d_name);

	return e->d_name[0] != '.' && len > 5 && !strcmp(e->d_name + len - 5, ".json");
}

/* Calls fn for each image until it returns true. */
static void each(const char *dir, bool (*fn)(void *arg, struct json_object *image), void *arg)
{
	struct dirent **names;
	int n = scandir(dir, &names, is_record, alphasort);
	bool stop = false;

	for (int i = 0; i < n; i++) {
		struct json_object *o = NULL;

		names[i]->d_name[strlen(names[i]->d_name) - 5] = '\0';
		if (!stop)
			o = image_describe(dir, names[i]->d_name);
		if (o)
			stop = fn(arg, o);
		json_object_put(o);
		free(names[i]);
	}
	if (n >= 0)
		free(names);
}

static bool add_to(void *arg, struct json_object *image)
{
	json_object_array_add(arg, json_object_get(image));
	return false;
}

struct json_object *image_list(const char *dir)
{
	struct json_object *list = json_object_new_array();

	each(dir, add_to, list);
	return list;
}

struct dependent {
	const char *on;
	char *name;
};

static bool depends(void *arg, struct json_object *image)
{
	struct dependent *d = arg;

	if (strcmp(image_text(image, "backing"), d->on) != 0)
		return false;
	snprintf(d->name, IMAGE_NAME_MAX + 1, "%s", image_text(image, "name"));
	return true;
}

void image_dependent(const char *dir, const char *name, char ret_name[IMAGE_NAME_MAX + 1])
{
	struct dependent d = { name, ret_name };

	ret_name[0] = '\0';
	each(dir, depends, &d);
}

bool image_of_path(const char *dir, const char *path, char ret_name[IMAGE_NAME_MAX + 1])
{
	size_t len = strlen(dir);
	const char *name, *dot;

	if (strncmp(path, dir, len) != 0 || path[len] != '/' || strchr(path + len + 1, '/'))
		return false;
	name = path + len + 1;
	dot = strrchr(name, '.');
	if (!dot || dot - name > IMAGE_NAME_MAX || (strcmp(dot, ".raw") != 0 && strcmp(dot, ".qcow2") != 0))
		return false;
	snprintf(ret_name, IMAGE_NAME_MAX + 1, "%.*s", (int)(dot - name), name);
	return true;
}

int image_delete(const char *dir, const char *name, char *why, size_t size)
{
	static const char *const suffixes[] = { ".json", ".raw", ".qcow2", ".seed" };
	char path[IMAGE_PATH_MAX], other[IMAGE_NAME_MAX + 1];

	image_dependent(dir, name, other);
	if (*other) {
		snprintf(why, size, "image %s builds on it; delete that first", other);
		return -EBUSY;
	}
	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		image_path(dir, name, suffixes[i], path);
		if (unlink(path) < 0 && errno != ENOENT) {
			int rc = -errno;

			snprintf(why, size, "cannot remove %s: %s", path, strerror(-rc));
			return rc;
		}
	}
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path) < 0 ? -errno : 0;
}

void image_remove_tree(const char *path)
{
	/* What is mounted below stays, and keeps what it is mounted on. */
	nftw(path, remove_one, 32, FTW_PHYS | FTW_MOUNT | FTW_DEPTH);
}

static int is_unfinished(const struct dirent *e)
{
	return !strncmp(e->d_name, ".new-", 5) || !strncmp(e->d_name, ".old-", 5);
}

bool image_set_aside(const char *dir)
{
	char path[IMAGE_PATH_MAX], old[IMAGE_PATH_MAX];
	struct dirent **names;
	int n = scandir(dir, &names, is_unfinished, alphasort);

	for (int i = 0; i < n; i++) {
		image_path(dir, names[i]->d_name, "", path);
		image_path(dir, ".old-", names[i]->d_name + 5, old);
		if (rename(path, old) < 0)
			image_remove_tree(path);
		free(names[i]);
	}
	if (n >= 0)
		free(names);
	return n > 0;
}

void image_clean(const char *dir)
{
	struct dirent **names;
	int n = scandir(dir, &names, is_unfinished, alphasort);
	char path[IMAGE_PATH_MAX];

	for (int i = 0; i < n; i++) {
		image_path(dir, names[i]->d_name, "", path);
		if (names[i]->d_name[1] == 'o')
			image_remove_tree(path);
		free(names[i]);
	}
	if (n >= 0)
		free(names);
}

/* ---- what a request may say ------------------------------------------------------------------------ */

static const struct {
	const char *key;
	enum json_type type;
	bool clone;		/* may also be said of a clone */
} keys[] = {
	{ "format", json_type_string, true }, { "size_mib", json_type_int, true },
	{ "source", json_type_string, false }, { "suite", json_type_string, false },
	{ "mirror", json_type_string, false }, { "packages", json_type_string, false },
	{ "hostname", json_type_string, true }, { "ssh_key", json_type_string, true },
	{ "user_data", json_type_string, true },
};

static int check_key(const char *key, struct json_object *v, bool clone, char *why, size_t size)
{
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (strcmp(key, keys[i].key) != 0)
			continue;
		if (!json_object_is_type(v, keys[i].type))
			snprintf(why, size, "%s must be %s", key,
				keys[i].type == json_type_int ? "a number" : "a string");
		else if (clone && !keys[i].clone)
			snprintf(why, size, "%s is nothing that a clone may differ in", key);
		else
			return 0;
		return -EINVAL;
	}
	snprintf(why, size, "unknown key '%.64s'", key);
	return -EINVAL;
}

static bool is_word(const char *text, const char *more)
{
	for (; *text; text++)
		if (!strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-.", *text) &&
		    !strchr(more, *text))
			return false;
	return true;
}

int image_spec_check(struct json_object *spec, bool clone, char *why, size_t size)
{
	const char *format = image_text(spec, "format"), *source = image_text(spec, "source");
	struct json_object *v;
	int64_t mib = json_object_object_get_ex(spec, "size_mib", &v) ? json_object_get_int64(v) : 1024;

	json_object_object_foreach(spec, key, value) {
		int rc = check_key(key, value, clone, why, size);

		if (rc)
			return rc;
	}
	if (*format && strcmp(format, "raw") != 0 && strcmp(format, "qcow2") != 0)
		snprintf(why, size, "format is '%.32s'; raw and qcow2 are possible", format);
	else if (mib < 1 || mib > 1 << 24)
		snprintf(why, size, "size_mib is %lld; 1 to %d are possible", (long long)mib, 1 << 24);
	else if (!is_word(image_text(spec, "hostname"), ""))
		snprintf(why, size, "hostname is no host's name");
	else if (!is_word(image_text(spec, "suite"), "") || !is_word(image_text(spec, "packages"), "+,_") ||
		 !is_word(image_text(spec, "mirror"), ":/_~+%@[]"))
		snprintf(why, size, "suite, mirror or packages has a character that it cannot have");
	else if (!clone && strcmp(source, "debian") != 0 && source[0] != '/')
		snprintf(why, size, "source is '%.200s'; debian, or the path of a folder or a tar archive, is "
			"possible", source);
	else
		return 0;
	return -EINVAL;
}
