/* SPDX-License-Identifier: GPL-2.0-only */
/* cfg_value.c: expressions of a configuration file: literals, lists, variables, + - * and %. */
#include "util/cfg_private.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char *type_name(struct json_object *v)
{
	switch (json_object_get_type(v)) {
	case json_type_null:
		return "None";
	case json_type_boolean:
		return "a boolean";
	case json_type_int:
		return "a number";
	case json_type_string:
		return "a string";
	default:
		return "a list";
	}
}

size_t cfg_weight(struct json_object *v)
{
	size_t n = 1;

	if (json_object_is_type(v, json_type_array))
		for (size_t i = 0; i < json_object_array_length(v) && n <= CFG_VALUES_MAX; i++)
			n += cfg_weight(json_object_array_get_idx(v, i));
	return n;
}

static struct json_object *concat_strings(struct json_object *a, struct json_object *b)
{
	static char buf[2 * CFG_STRING_MAX];
	size_t la = (size_t)json_object_get_string_len(a), lb = (size_t)json_object_get_string_len(b);

	if (la + lb >= CFG_STRING_MAX)
		return NULL;
	memcpy(buf, json_object_get_string(a), la);
	memcpy(buf + la, json_object_get_string(b), lb);
	return json_object_new_string_len(buf, (int)(la + lb));
}

static struct json_object *concat_lists(struct json_object *a, struct json_object *b)
{
	struct json_object *sum = json_object_new_array(), *from[] = { a, b };

	for (int n = 0; sum && n < 2; n++)
		for (size_t i = 0; i < json_object_array_length(from[n]); i++)
			json_object_array_add(sum, json_object_get(json_object_array_get_idx(from[n], i)));
	return sum;
}

/* One value for one letter behind %. The length, or -1 when it does not fit the letter. */
static int format_one(char letter, struct json_object *v, char *buf, size_t size)
{
	bool number = json_object_is_type(v, json_type_int);

	if (letter == 's' && json_object_is_type(v, json_type_string))
		return snprintf(buf, size, "%s", json_object_get_string(v));
	if ((letter == 'd' || letter == 'i' || letter == 's') && number)
		return snprintf(buf, size, "%lld", (long long)json_object_get_int64(v));
	if (letter == 'x' && number)
		return snprintf(buf, size, "%llx", (unsigned long long)json_object_get_int64(v));
	return -1;
}

/* "text %s %d" % value, or % (values). */
static int format(struct json_object *a, struct json_object *b, struct json_object **ret_value,
	char *why, size_t size)
{
	static char buf[CFG_STRING_MAX];
	bool list = json_object_is_type(b, json_type_array);
	size_t len = 0, next = 0, count = list ? json_object_array_length(b) : 1;
	int n;

	for (const char *p = json_object_get_string(a); *p; p++) {
		if (*p != '%' || p[1] == '%') {
			p += *p == '%';
			n = snprintf(buf + len, sizeof(buf) - len, "%c", *p);
		} else if (next >= count) {
			snprintf(why, size, "more values behind %%: the string wants more than %zu", count);
			return -EINVAL;
		} else {
			n = format_one(*++p, list ? json_object_array_get_idx(b, next) : b, buf + len,
				sizeof(buf) - len);
			next++;
		}
		if (n < 0) {
			snprintf(why, size, "%%s, %%d or %%x and a value that fits it");
			return -EINVAL;
		}
		len += (size_t)n;
		if (len >= sizeof(buf)) {
			snprintf(why, size, "a shorter string");
			return -EINVAL;
		}
	}
	if (next < count) {
		snprintf(why, size, "%zu values behind %%, as many as the string wants", next);
		return -EINVAL;
	}
	*ret_value = json_object_new_string_len(buf, (int)len);
	return *ret_value ? 0 : -ENOMEM;
}

static int arithmetic(char op, int64_t a, int64_t b, struct json_object **ret_value, char *why,
	size_t size)
{
	int64_t n = 0;
	bool bad = false;

	if (op == '+')
		bad = __builtin_add_overflow(a, b, &n);
	else if (op == '-')
		bad = __builtin_sub_overflow(a, b, &n);
	else if (op == '*')
		bad = __builtin_mul_overflow(a, b, &n);
	else if (b == 0)
		bad = true;
	else if (b != -1)		/* Python's sign: that of the divisor */
		n = (a % b + b) % b;
	if (bad) {
		snprintf(why, size, op == '%' ? "a divisor that is not 0" : "a result of at most 63 bits");
		return -EINVAL;
	}
	*ret_value = json_object_new_int64(n);
	return *ret_value ? 0 : -ENOMEM;
}

int cfg_operate(char op, struct json_object *a, struct json_object *b,
	struct json_object **ret_value, char *why, size_t size)
{
	enum json_type ta = json_object_get_type(a), tb = json_object_get_type(b);

	if (ta == json_type_int && tb == json_type_int)
		return arithmetic(op, json_object_get_int64(a), json_object_get_int64(b), ret_value, why,
			size);
	if (op == '%' && ta == json_type_string)
		return format(a, b, ret_value, why, size);
	if (op == '+' && ta == tb && ta == json_type_string) {
		*ret_value = concat_strings(a, b);
		snprintf(why, size, "a string of less than %u bytes", CFG_STRING_MAX);
		return *ret_value ? 0 : -EINVAL;
	}
	if (op == '+' && ta == tb && ta == json_type_array) {
		snprintf(why, size, "at most %u values in a list", CFG_VALUES_MAX);
		if (cfg_weight(a) + cfg_weight(b) > CFG_VALUES_MAX)
			return -EINVAL;
		*ret_value = concat_lists(a, b);
		return *ret_value ? 0 : -EINVAL;
	}
	snprintf(why, size, "values that '%c' can join, not %s and %s", op, type_name(a), type_name(b));
	return -EINVAL;
}

/* Values up to the closing sign, which is taken. */
static int sequence(struct cfg_reader *r, const char *close, struct json_object *list,
	size_t *commas)
{
	struct json_object *v;
	int rc;

	while (!cfg_is_sign(r, close)) {
		rc = cfg_expression(r, &v);
		if (rc)
			return rc;
		if (cfg_weight(list) + cfg_weight(v) > CFG_VALUES_MAX) {
			json_object_put(v);
			cfg_error_at(r, r->token.line, r->token.column, "expected at most %u values in a "
				"list", CFG_VALUES_MAX);
			return -EFBIG;
		}
		json_object_array_add(list, v);
		if (cfg_is_sign(r, ",")) {
			++*commas;
			rc = cfg_next(r);
			if (rc)
				return rc;
		} else if (!cfg_is_sign(r, close)) {
			return cfg_expected(r, *close == ']' ? "',' or ']'" : "',' or ')'");
		}
	}
	r->brackets--;
	return cfg_next(r);
}

/* A list, a tuple, or a value in parentheses. */
static int bracketed(struct cfg_reader *r, struct json_object **ret_value)
{
	bool square = cfg_is_sign(r, "[");
	struct json_object *list = json_object_new_array();
	size_t commas = 0;
	int rc;

	r->brackets++;
	rc = cfg_next(r);
	if (!rc)
		rc = sequence(r, square ? "]" : ")", list, &commas);
	if (rc) {
		json_object_put(list);
		return rc;
	}
	*ret_value = list;
	if (!square && !commas && json_object_array_length(list) == 1) {
		*ret_value = json_object_get(json_object_array_get_idx(list, 0));
		json_object_put(list);
	}
	return 0;
}

/* A variable, True, False or None; the name is the present token. */
static int named(struct cfg_reader *r, struct json_object **ret_value)
{
	struct cfg_token t = r->token;
	struct cfg_entry *e;
	int rc;

	if (cfg_construct(t.at, t.len))
		return cfg_expected(r, "a value");
	rc = cfg_next(r);
	if (!rc)
		rc = cfg_refuse_python(r, &t, "a value");
	if (rc)
		return rc;
	if ((t.len == 4 && !memcmp(t.at, "True", 4)) || (t.len == 5 && !memcmp(t.at, "False", 5))) {
		*ret_value = json_object_new_boolean(t.len == 4);
		return *ret_value ? 0 : -ENOMEM;
	}
	*ret_value = NULL;
	if (t.len == 4 && !memcmp(t.at, "None", 4))
		return 0;
	e = cfg_entry_find(r->cfg, t.at, t.len);
	if (!e)
		return cfg_error_at(r, t.line, t.column, "expected a value, found '%.*s', which is not "
			"set before (strings need quotes)", t.len > 40 ? 40 : (int)t.len, t.at);
	e->used = true;
	*ret_value = json_object_get(e->value);
	return 0;
}

/* A string; neighbours are joined, as in Python. */
static int strings(struct cfg_reader *r, struct json_object **ret_value)
{
	struct json_object *v = NULL, *sum;
	int rc = 0;

	while (!rc && r->token.type == CFG_T_STRING) {
		sum = v ? concat_strings(v, r->token.value) : json_object_get(r->token.value);
		json_object_put(v);
		v = sum;
		rc = v ? cfg_next(r) : cfg_error_at(r, r->token.line, r->token.column,
			"expected a string of less than %u bytes", CFG_STRING_MAX);
	}
	if (rc) {
		json_object_put(v);
		return rc;
	}
	*ret_value = v;
	return 0;
}

static int number(struct cfg_reader *r, struct json_object **ret_value)
{
	struct json_object *v = json_object_get(r->token.value);
	int rc = cfg_next(r);

	if (rc)
		json_object_put(v);
	else
		*ret_value = v;
	return rc;
}

static int primary(struct cfg_reader *r, struct json_object **ret_value)
{
	switch (r->token.type) {
	case CFG_T_STRING:
		return strings(r, ret_value);
	case CFG_T_NUMBER:
		return number(r, ret_value);
	case CFG_T_NAME:
		return named(r, ret_value);
	default:
		if (cfg_is_sign(r, "[") || cfg_is_sign(r, "("))
			return bracketed(r, ret_value);
		return cfg_expected(r, "a value (a string in quotes, a number or a list)");
	}
}

static int unary(struct cfg_reader *r, struct json_object **ret_value)
{
	bool minus = false;
	struct json_object *v = NULL;
	int rc;

	while (cfg_is_sign(r, "-") || cfg_is_sign(r, "+")) {
		minus ^= cfg_is_sign(r, "-");
		rc = cfg_next(r);
		if (rc)
			return rc;
		if (r->token.type != CFG_T_NUMBER && !cfg_is_sign(r, "-") && !cfg_is_sign(r, "+"))
			return cfg_expected(r, "a number");
	}
	rc = primary(r, &v);
	if (rc || !minus) {
		if (!rc)
			*ret_value = v;
		return rc;
	}
	*ret_value = json_object_new_int64(-json_object_get_int64(v));
	json_object_put(v);
	return *ret_value ? 0 : -ENOMEM;
}

/* level 0: + and -; level 1: * and % */
static int joined(struct cfg_reader *r, int level, struct json_object **ret_value)
{
	static const char *const ops[] = { "+-", "*%" };
	struct json_object *a, *b, *sum = NULL;
	struct cfg_token op;
	char why[160];
	int rc = level ? unary(r, &a) : joined(r, 1, &a);

	if (rc)
		return rc;
	while (r->token.type == CFG_T_SIGN && r->token.len == 1 && strchr(ops[level], *r->token.at)) {
		op = r->token;
		rc = cfg_next(r);
		if (!rc)
			rc = level ? unary(r, &b) : joined(r, 1, &b);
		if (rc)
			break;
		rc = cfg_operate(*op.at, a, b, &sum, why, sizeof(why));
		json_object_put(b);
		if (rc) {
			cfg_error_at(r, op.line, op.column, "expected %s", why);
			break;
		}
		json_object_put(a);
		a = sum;
	}
	if (rc) {
		json_object_put(a);
		return rc;
	}
	*ret_value = a;
	return 0;
}

int cfg_expression(struct cfg_reader *r, struct json_object **ret_value)
{
	int rc;

	if (r->depth >= CFG_DEPTH_MAX) {
		cfg_error_at(r, r->token.line, r->token.column, "expected at most %u lists within lists",
			CFG_DEPTH_MAX);
		return -EFBIG;
	}
	r->depth++;
	rc = joined(r, 0, ret_value);
	r->depth--;
	return rc;
}
