/* SPDX-License-Identifier: GPL-2.0-only */
/* cfg.c: configuration files: statements, entries, files, JSON. */
#include "util/cfg_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct cfg *cfg_new(void)
{
	return calloc(1, sizeof(struct cfg));
}

void cfg_free(struct cfg *cfg)
{
	for (size_t i = 0; cfg && i < cfg->count; i++) {
		free(cfg->entries[i].key);
		json_object_put(cfg->entries[i].value);
	}
	if (cfg)
		free(cfg->entries);
	free(cfg);
}

struct cfg_entry *cfg_entry_find(const struct cfg *cfg, const char *key, size_t len)
{
	for (size_t i = 0; i < cfg->count; i++)
		if (strlen(cfg->entries[i].key) == len && !memcmp(cfg->entries[i].key, key, len))
			return &cfg->entries[i];
	return NULL;
}

const struct cfg_entry *cfg_find(const struct cfg *cfg, const char *key)
{
	return cfg_entry_find(cfg, key, strlen(key));
}

/* Takes value. 0, -ENOMEM or -EFBIG. */
static int set_key(struct cfg *cfg, const char *key, size_t len, struct json_object *value, int line,
	int column)
{
	struct cfg_entry *e = cfg_entry_find(cfg, key, len), *more;
	int rc = -EFBIG;

	if (e && e->fixed) {
		json_object_put(value);
		return 0;
	}
	if (!e) {
		if (cfg->count >= CFG_ENTRIES_MAX)
			goto err_value;
		rc = -ENOMEM;
		more = realloc(cfg->entries, (cfg->count + 1) * sizeof(*more));
		if (!more)
			goto err_value;
		cfg->entries = more;
		e = &more[cfg->count];
		*e = (struct cfg_entry){ .key = strndup(key, len) };
		if (!e->key)
			goto err_value;
		cfg->count++;
	}
	json_object_put(e->value);
	e->value = value;
	e->line = line;
	e->column = column;
	return 0;

err_value:
	json_object_put(value);
	return rc;
}

/* = or +=, behind the key. */
static int assignment(struct cfg_reader *r, const struct cfg_token *key)
{
	const struct cfg_entry *old = cfg_entry_find(r->cfg, key->at, key->len);
	bool add = cfg_is_sign(r, "+=");
	struct json_object *v, *sum;
	char why[160];
	int rc;

	if (!add && !cfg_is_sign(r, "="))
		return cfg_expected(r, "'=' behind the key");
	rc = cfg_next(r);
	if (!rc)
		rc = cfg_expression(r, &v);
	if (rc)
		return rc;
	if (r->token.type != CFG_T_NEWLINE && r->token.type != CFG_T_END) {
		json_object_put(v);
		return cfg_expected(r, "the end of the line or ';'");
	}
	if (add && old && !old->fixed) {
		rc = cfg_operate('+', old->value, v, &sum, why, sizeof(why));
		json_object_put(v);
		if (rc)
			return cfg_error_at(r, key->line, key->column, "expected %s", why);
		v = sum;
	}
	rc = set_key(r->cfg, key->at, key->len, v, key->line, key->column);
	if (rc == -EFBIG)
		cfg_error_at(r, key->line, key->column, "expected at most %u keys", CFG_ENTRIES_MAX);
	return rc;
}

static int statement(struct cfg_reader *r)
{
	struct cfg_token key = r->token;
	int rc;

	if (key.type != CFG_T_NAME || cfg_construct(key.at, key.len))
		return cfg_expected(r, "KEY = VALUE");
	rc = cfg_next(r);
	if (!rc)
		rc = cfg_refuse_python(r, &key, "KEY = VALUE");
	if (rc)
		return rc;
	return assignment(r, &key);
}

static int json_depth_ok(struct json_object *v, int depth)
{
	bool ok = depth <= CFG_DEPTH_MAX && cfg_weight(v) <= CFG_VALUES_MAX;

	if (ok && json_object_is_type(v, json_type_string))
		ok = strlen(json_object_get_string(v)) == (size_t)json_object_get_string_len(v);
	if (ok && json_object_is_type(v, json_type_array))
		for (size_t i = 0; ok && i < json_object_array_length(v); i++)
			ok = json_depth_ok(json_object_array_get_idx(v, i), depth + 1);
	return ok;
}

static int json_entries(struct cfg_reader *r, struct json_object *o)
{
	int rc = 0;

	json_object_object_foreach(o, key, value) {
		if (!json_depth_ok(value, 0))
			return cfg_error_at(r, 1, 1, "expected a value without NUL bytes, at most %u values "
				"and %u levels of lists: key '%.40s'", CFG_VALUES_MAX, CFG_DEPTH_MAX, key);
		rc = set_key(r->cfg, key, strlen(key), json_object_get(value), 1, 1);
		if (rc == -EFBIG)
			cfg_error_at(r, 1, 1, "expected at most %u keys", CFG_ENTRIES_MAX);
		if (rc)
			break;
	}
	return rc;
}

static int parse_json(struct cfg_reader *r)
{
	size_t len = (size_t)(r->end - r->text), at;
	struct json_tokener *tok = json_tokener_new();
	struct json_object *o;
	int rc;

	if (!tok)
		return -ENOMEM;
	o = json_tokener_parse_ex(tok, r->text, (int)len);
	at = json_tokener_get_parse_end(tok);
	if (o)
		while (at < len && strchr(" \t\r\n", r->text[at]) && r->text[at])
			at++;
	if (!o || at < len) {
		for (size_t i = 0; i < at && i < len; i++)
			if (r->text[i] == '\n') {
				r->line++;
				r->line_start = r->text + i + 1;
			}
		rc = cfg_error_at(r, r->line, (int)(r->text + at - r->line_start) + 1,
			"expected one JSON object: %s", o ? "there is text behind it"
			: json_tokener_error_desc(json_tokener_get_error(tok)));
	} else {
		rc = json_entries(r, o);
	}
	json_object_put(o);
	json_tokener_free(tok);
	return rc;
}

int cfg_parse(struct cfg *cfg, const char *file, const char *text, size_t len, char *err,
	size_t err_size)
{
	struct cfg_reader r = {
		.file = file, .text = text, .p = text, .end = text + len, .line_start = text, .line = 1,
		.cfg = cfg, .err = err, .err_size = err_size,
	};
	size_t start = 0;
	int rc;

	snprintf(err, err_size, "%.200s: out of memory", file);
	if (len > CFG_FILE_MAX) {
		snprintf(err, err_size, "%.200s: larger than %u bytes", file, CFG_FILE_MAX);
		return -EFBIG;
	}
	while (start < len && strchr(" \t\r\n", text[start]) && text[start])
		start++;
	if (start < len && text[start] == '<')
		return cfg_error_at(&r, 1, 1, "expected KEY = VALUE or JSON, found XML; XML configurations "
			"are not supported yet");
	if (start < len && text[start] == '{')
		return parse_json(&r);
	rc = cfg_next(&r);
	while (!rc && r.token.type != CFG_T_END) {
		if (r.token.type != CFG_T_NEWLINE)
			rc = statement(&r);
		if (!rc && r.token.type == CFG_T_NEWLINE)
			rc = cfg_next(&r);
	}
	json_object_put(r.token.value);
	return rc;
}

int cfg_parse_file(struct cfg *cfg, const char *path, char *err, size_t err_size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), rc = 0;
	char *text = malloc(CFG_FILE_MAX + 1);
	size_t len = 0;
	ssize_t n = 1;

	if (fd < 0 || !text)
		rc = fd < 0 ? -errno : -ENOMEM;
	while (!rc && n > 0 && len <= CFG_FILE_MAX) {
		n = read(fd, text + len, CFG_FILE_MAX + 1 - len);
		if (n < 0 && errno != EINTR)
			rc = -errno;
		else if (n < 0)
			n = 1;
		else
			len += (size_t)n;
	}
	if (rc)
		snprintf(err, err_size, "%.200s: %s", path, strerror(-rc));
	else
		rc = cfg_parse(cfg, path, text, len, err, err_size);
	if (fd >= 0)
		close(fd);
	free(text);
	return rc;
}

/* Decimal digits as anybody would write the number, or text. */
static struct json_object *plain_value(const char *text)
{
	char again[32];

	snprintf(again, sizeof(again), "%lld", strtoll(text, NULL, 10));
	return strcmp(again, text) ? json_object_new_string(text)
				   : json_object_new_int64(strtoll(text, NULL, 10));
}

int cfg_define(struct cfg *cfg, const char *assignment_text, char *err, size_t err_size)
{
	const char *equals = strchr(assignment_text, '=');
	size_t key_len = equals ? (size_t)(equals - assignment_text) : 0;
	struct cfg_entry *e;
	int rc;

	if (!key_len || strspn(assignment_text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			"0123456789_") != key_len) {
		snprintf(err, err_size, "expected KEY=VALUE, found '%.200s'", assignment_text);
		return -EINVAL;
	}
	e = cfg_entry_find(cfg, assignment_text, key_len);
	if (e)
		e->fixed = false;
	if (strchr("\"'[", equals[1]) && equals[1]) {
		rc = cfg_parse(cfg, "argument", assignment_text, strlen(assignment_text), err, err_size);
	} else {
		rc = set_key(cfg, assignment_text, key_len, plain_value(equals + 1), 0, 0);
		if (rc)
			snprintf(err, err_size, "'%.200s': %s", assignment_text, strerror(-rc));
	}
	e = cfg_entry_find(cfg, assignment_text, key_len);
	if (!rc && e) {
		e->line = e->column = 0;
		e->fixed = true;
	}
	return rc;
}
