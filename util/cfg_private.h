/* SPDX-License-Identifier: GPL-2.0-only */
/* cfg_private.h: between the parts of the configuration reader. */
#ifndef UTIL_CFG_PRIVATE_H
#define UTIL_CFG_PRIVATE_H

#include "util/cfg.h"

enum cfg_token_type {
	CFG_T_END, CFG_T_NEWLINE, CFG_T_NAME, CFG_T_NUMBER, CFG_T_STRING, CFG_T_SIGN,
};

struct cfg_token {
	enum cfg_token_type type;
	const char *at;			/* in the text */
	size_t len;
	int line, column;
	struct json_object *value;	/* of a number or string; owned */
};

struct cfg_reader {
	const char *file, *text, *p, *end, *line_start;
	int line;
	int brackets;			/* newlines do not count within them */
	int depth;
	struct cfg_token token;		/* the next one */
	struct cfg *cfg;
	char *err;
	size_t err_size;
};

/* Reads the next token. 0 or -Exxx with the message set. */
int cfg_next(struct cfg_reader *r);
bool cfg_is_sign(const struct cfg_reader *r, const char *sign);
/* "file:line:column: text"; returns -EINVAL. */
int cfg_error_at(struct cfg_reader *r, int line, int column, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* "expected WHAT, found (the token)"; says so when it is a Python construct. */
int cfg_expected(struct cfg_reader *r, const char *what);
/* The token behind `name` makes it a call, an attribute or a subscript: -EINVAL; else 0. */
int cfg_refuse_python(struct cfg_reader *r, const struct cfg_token *name, const char *expected);
/* The word that Python would take `name` for, or NULL. */
const char *cfg_construct(const char *name, size_t len);

/* An expression. On success *ret_value is the caller's (NULL: None). */
int cfg_expression(struct cfg_reader *r, struct json_object **ret_value);
/* Two values and an operator of one letter; takes neither. 0 or -EINVAL with why. */
int cfg_operate(char op, struct json_object *a, struct json_object *b,
	struct json_object **ret_value, char *why, size_t size);
/* Values in v, at most CFG_VALUES_MAX + 1. */
size_t cfg_weight(struct json_object *v);

struct cfg_entry *cfg_entry_find(const struct cfg *cfg, const char *key, size_t len);

#endif
