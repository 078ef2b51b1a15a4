/* SPDX-License-Identifier: MIT */
/* codec.c: permissions, error names and string lists between C and the wire. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "libxenstore/private.h"

static const struct {
	const char *name;
	int err;
} error_names[] = {
#define ROW(e) { #e, e },
	XSD_ERROR_NAMES(ROW)
#undef ROW
};
#define ERROR_COUNT (sizeof(error_names) / sizeof(error_names[0]))

static const struct {
	char letter;
	unsigned int perms;
} perm_letters[] = {
	{ 'n', XS_PERM_NONE },
	{ 'r', XS_PERM_READ },
	{ 'w', XS_PERM_WRITE },
	{ 'b', XS_PERM_READ | XS_PERM_WRITE },
};
#define LETTER_COUNT (sizeof(perm_letters) / sizeof(perm_letters[0]))

int xs_error_number(const char *name)
{
	unsigned int i;

	for (i = 0; i < ERROR_COUNT; i++) {
		if (strcmp(error_names[i].name, name) == 0)
			return error_names[i].err;
	}
	return EINVAL;
}

const char *xs_error_name(int err)
{
	unsigned int i;

	for (i = 0; i < ERROR_COUNT; i++) {
		if (error_names[i].err == err)
			return error_names[i].name;
	}
	return NULL;
}

int xs_reply_error(const struct xs_msg *msg)
{
	char name[32];

	if (msg->hdr.type != XS_ERROR)
		return 0;
	if (msg->hdr.len == 0 || msg->hdr.len > sizeof(name) || msg->body[msg->hdr.len - 1] != '\0')
		return -EINVAL;
	memcpy(name, msg->body, msg->hdr.len);
	return -xs_error_number(name);
}

static bool parse_perm(const char *s, struct xs_permissions *perm)
{
	unsigned long id;
	unsigned int i;
	char *end;

	for (i = 0; i < LETTER_COUNT; i++) {
		if (perm_letters[i].letter == s[0])
			break;
	}
	if (i == LETTER_COUNT || s[1] < '0' || s[1] > '9')
		return false;
	errno = 0;
	id = strtoul(s + 1, &end, 10);
	if (errno != 0 || *end != '\0' || id > UINT_MAX)
		return false;
	perm->id = id;
	perm->perms = perm_letters[i].perms;
	return true;
}

bool xs_strings_to_perms(struct xs_permissions *perms, unsigned int num, const char *strings)
{
	unsigned int i;

	for (i = 0; i < num; i++) {
		if (!parse_perm(strings, &perms[i])) {
			errno = EINVAL;
			return false;
		}
		strings += strlen(strings) + 1;
	}
	return true;
}

bool xs_perm_to_string(const struct xs_permissions *perm, char *buf, size_t size)
{
	unsigned int i;
	int n = -1;

	for (i = 0; i < LETTER_COUNT; i++) {
		if (perm_letters[i].perms == perm->perms)
			n = snprintf(buf, size, "%c%u", perm_letters[i].letter, perm->id);
	}
	if (n < 0 || (size_t)n >= size) {
		errno = EINVAL;
		return false;
	}
	return true;
}

unsigned int xs_count_strings(const char *strings, unsigned int len)
{
	unsigned int i, count = 0;

	for (i = 0; i < len; i++)
		count += strings[i] == '\0';
	return count;
}

/* A watch event has exactly two strings; a third (depth, in later versions) is ignored. */
int xs_check_watch_body(const struct xs_msg *msg, const char **ret_path, const char **ret_token)
{
	if (xs_count_strings(msg->body, msg->hdr.len) < 2)
		return -EPROTO;
	*ret_path = msg->body;
	*ret_token = msg->body + strlen(msg->body) + 1;
	return 0;
}

bool xs_path_is_subpath(const char *parent, const char *child)
{
	size_t len = strlen(parent);

	while (len > 0 && parent[len - 1] == '/')
		len--;
	if (strncmp(parent, child, len) != 0)
		return false;
	return child[len] == '\0' || child[len] == '/';
}

bool xs_write_all(int fd, const void *data, unsigned int len)
{
	const char *p = data;
	ssize_t n;

	while (len > 0) {
		n = write(fd, p, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		p += n;
		len -= n;
	}
	return true;
}
