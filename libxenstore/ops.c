/* SPDX-License-Identifier: MIT */
/* ops.c: the classic calls, each one request of the blocking client. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "libxenstore/sync.h"

/* ---- nodes ---------------------------------------------------------------------------------- */

/* len bytes of NUL-terminated names -> a vector and the names in one allocation. */
static char **strings_to_vector(const char *strings, unsigned int len, unsigned int *num)
{
	unsigned int i, count = xs_count_strings(strings, len);
	char **vec = malloc((count + 1) * sizeof(char *) + len);
	char *p;

	if (!vec)
		return NULL;
	p = (char *)(vec + count + 1);
	memcpy(p, strings, len);
	for (i = 0; i < count; i++) {
		vec[i] = p;
		p += strlen(p) + 1;
	}
	vec[count] = NULL;
	*num = count;
	return vec;
}

/* One part of a long listing, appended to *all. The daemon's generation comes first; if it changes
 * between parts the folder changed and the listing starts over. Returns 1 when the end came. */
static int directory_part(struct xs_handle *h, xs_transaction_t t, const char *path, char **all,
			  unsigned int *len, char *gen, size_t gen_size)
{
	char offset[16], *body, *grown;
	struct iovec parts[] = { { (void *)path, strlen(path) + 1 }, { offset, 0 } };
	unsigned int got, skip;
	int err;

	parts[1].iov_len = snprintf(offset, sizeof(offset), "%u", *len) + 1;
	err = xs_talk(h, XS_DIRECTORY_PART, t, parts, 2, &body, &got);
	if (err < 0)
		return err;
	skip = strlen(body) + 1;
	if (skip > gen_size || skip > got) {
		free(body);
		return -EPROTO;
	}
	if (*len > 0 && strcmp(gen, body) != 0) {
		*len = 0;
		free(body);
		return 0;
	}
	memcpy(gen, body, skip);
	grown = realloc(*all, *len + got - skip + 1);
	if (!grown) {
		free(body);
		return -ENOMEM;
	}
	memcpy(grown + *len, body + skip, got - skip);
	free(body);
	*all = grown;
	/* The end is an empty string after the last name, or nothing at all. */
	if (got == skip)
		return 1;
	*len += got - skip;
	if (*len == 1 || (*len > 1 && grown[*len - 2] == '\0')) {
		*len -= 1;
		return 1;
	}
	return 0;
}

static int directory_parts(struct xs_handle *h, xs_transaction_t t, const char *path, char **ret,
			   unsigned int *ret_len)
{
	char gen[32], *all = NULL;
	unsigned int len = 0;
	int got;

	do {
		got = directory_part(h, t, path, &all, &len, gen, sizeof(gen));
	} while (got == 0);
	if (got < 0) {
		free(all);
		return got;
	}
	*ret = all;
	*ret_len = len;
	return 0;
}

char **xs_directory(struct xs_handle *h, xs_transaction_t t, const char *path, unsigned int *num)
{
	unsigned int len;
	char *strings, **vec;
	int err;

	err = xs_talk_path(h, XS_DIRECTORY, t, path, &strings, &len);
	if (err == -E2BIG)
		err = directory_parts(h, t, path, &strings, &len);
	if (!xs_result(err))
		return NULL;
	vec = strings_to_vector(strings, len, num);
	free(strings);
	return vec;
}

void *xs_read(struct xs_handle *h, xs_transaction_t t, const char *path, unsigned int *len)
{
	char *value;

	return xs_result(xs_talk_path(h, XS_READ, t, path, &value, len)) ? value : NULL;
}

bool xs_write(struct xs_handle *h, xs_transaction_t t, const char *path, const void *data,
	      unsigned int len)
{
	struct iovec parts[] = { { (void *)path, strlen(path) + 1 }, { (void *)data, len } };

	return xs_result(xs_talk(h, XS_WRITE, t, parts, 2, NULL, NULL));
}

bool xs_mkdir(struct xs_handle *h, xs_transaction_t t, const char *path)
{
	return xs_result(xs_talk_path(h, XS_MKDIR, t, path, NULL, NULL));
}

bool xs_rm(struct xs_handle *h, xs_transaction_t t, const char *path)
{
	return xs_result(xs_talk_path(h, XS_RM, t, path, NULL, NULL));
}

struct xs_permissions *xs_get_permissions(struct xs_handle *h, xs_transaction_t t,
					  const char *path, unsigned int *num)
{
	struct xs_permissions *perms;
	unsigned int len;
	char *strings;

	if (!xs_result(xs_talk_path(h, XS_GET_PERMS, t, path, &strings, &len)))
		return NULL;
	*num = xs_count_strings(strings, len);
	perms = calloc(*num ? *num : 1, sizeof(*perms));
	if (perms && !xs_strings_to_perms(perms, *num, strings)) {
		free(perms);
		perms = NULL;
	}
	free(strings);
	return perms;
}

bool xs_set_permissions(struct xs_handle *h, xs_transaction_t t, const char *path,
			struct xs_permissions *perms, unsigned int num_perms)
{
	struct iovec parts[2] = { { (void *)path, strlen(path) + 1 } };
	char buf[XENSTORE_PAYLOAD_MAX];
	unsigned int i;
	size_t used = 0;

	for (i = 0; i < num_perms; i++) {
		if (!xs_perm_to_string(&perms[i], buf + used, sizeof(buf) - used))
			return false;
		used += strlen(buf + used) + 1;
	}
	parts[1] = (struct iovec){ buf, used };
	return xs_result(xs_talk(h, XS_SET_PERMS, t, parts, 2, NULL, NULL));
}

/* ---- transactions --------------------------------------------------------------------------- */

xs_transaction_t xs_transaction_start(struct xs_handle *h)
{
	xs_transaction_t t;
	char *id;

	if (!xs_result(xs_talk_path(h, XS_TRANSACTION_START, XBT_NULL, "", &id, NULL)))
		return XBT_NULL;
	t = strtoul(id, NULL, 0);
	free(id);
	return t;
}

bool xs_transaction_end(struct xs_handle *h, xs_transaction_t t, bool abort)
{
	return xs_result(xs_talk_path(h, XS_TRANSACTION_END, t, abort ? "F" : "T", NULL, NULL));
}

/* ---- domains -------------------------------------------------------------------------------- */

/* A request of up to three decimal numbers. */
static int talk_numbers(struct xs_handle *h, enum xsd_sockmsg_type type, unsigned int count,
			const unsigned long *numbers, char **ret_body)
{
	char buf[3][24];
	struct iovec parts[3];
	unsigned int i;

	for (i = 0; i < count; i++) {
		parts[i].iov_base = buf[i];
		parts[i].iov_len = snprintf(buf[i], sizeof(buf[i]), "%lu", numbers[i]) + 1;
	}
	return xs_talk(h, type, XBT_NULL, parts, count, ret_body, NULL);
}

static int talk_domain(struct xs_handle *h, enum xsd_sockmsg_type type, unsigned int domid,
		       char **ret_body)
{
	unsigned long number = domid;

	return talk_numbers(h, type, 1, &number, ret_body);
}

bool xs_introduce_domain(struct xs_handle *h, unsigned int domid, unsigned long mfn,
			 unsigned int eventchn)
{
	unsigned long numbers[] = { domid, mfn, eventchn };

	return xs_result(talk_numbers(h, XS_INTRODUCE, 3, numbers, NULL));
}

bool xs_set_target(struct xs_handle *h, unsigned int domid, unsigned int target)
{
	unsigned long numbers[] = { domid, target };

	return xs_result(talk_numbers(h, XS_SET_TARGET, 2, numbers, NULL));
}

bool xs_resume_domain(struct xs_handle *h, unsigned int domid)
{
	return xs_result(talk_domain(h, XS_RESUME, domid, NULL));
}

bool xs_release_domain(struct xs_handle *h, unsigned int domid)
{
	return xs_result(talk_domain(h, XS_RELEASE, domid, NULL));
}

char *xs_get_domain_path(struct xs_handle *h, unsigned int domid)
{
	char *path;

	return xs_result(talk_domain(h, XS_GET_DOMAIN_PATH, domid, &path)) ? path : NULL;
}

bool xs_is_domain_introduced(struct xs_handle *h, unsigned int domid)
{
	char *answer;
	bool yes;

	if (!xs_result(talk_domain(h, XS_IS_DOMAIN_INTRODUCED, domid, &answer)))
		return false;
	yes = answer[0] == 'T';
	free(answer);
	return yes;
}

int xs_suspend_evtchn_port(int domid)
{
	struct xs_handle *h = xs_open(0);
	char path[64], *value;
	int port = -1;

	if (!h)
		return -1;
	snprintf(path, sizeof(path), "/local/domain/%d/device/suspend/event-channel", domid);
	value = xs_read(h, XBT_NULL, path, NULL);
	if (value)
		port = atoi(value);
	free(value);
	xs_close(h);
	return port;
}

/* ---- the rest ------------------------------------------------------------------------------- */

bool xs_restrict(struct xs_handle *h, unsigned int domid)
{
	errno = ENOSYS;
	return false;
}

char *xs_control_command(struct xs_handle *h, const char *cmd, void *data, unsigned int len)
{
	struct iovec parts[] = { { (void *)cmd, strlen(cmd) + 1 }, { data, len } };
	char *body;

	return xs_result(xs_talk(h, XS_CONTROL, XBT_NULL, parts, 2, &body, NULL)) ? body : NULL;
}

char *xs_debug_command(struct xs_handle *h, const char *cmd, void *data, unsigned int len)
{
	return xs_control_command(h, cmd, data, len);
}
