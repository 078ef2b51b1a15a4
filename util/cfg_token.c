/* SPDX-License-Identifier: GPL-2.0-only */
/* cfg_token.c: configuration text to tokens: names, numbers, strings with escapes, signs. */
#include "util/cfg_private.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Python that is not literals; what to call it in an error. */
static const struct {
	const char *word, *name;
} constructs[] = {
	{ "import", "an 'import' statement" }, { "from", "an 'import' statement" },
	{ "def", "a function definition" }, { "class", "a class definition" },
	{ "if", "an 'if' statement" }, { "elif", "an 'if' statement" }, { "else", "an 'else' branch" },
	{ "for", "a 'for' loop" }, { "while", "a 'while' loop" }, { "with", "a 'with' statement" },
	{ "try", "a 'try' statement" }, { "except", "an 'except' clause" },
	{ "finally", "a 'finally' clause" }, { "return", "a 'return' statement" },
	{ "raise", "a 'raise' statement" }, { "lambda", "a 'lambda' expression" },
	{ "print", "a 'print' statement" }, { "exec", "an 'exec' statement" },
	{ "del", "a 'del' statement" }, { "pass", "a 'pass' statement" },
	{ "global", "a 'global' statement" }, { "assert", "an 'assert' statement" },
	{ "and", "the operator 'and'" }, { "or", "the operator 'or'" },
	{ "not", "the operator 'not'" }, { "in", "the operator 'in'" }, { "is", "the operator 'is'" },
	{ "yield", "a 'yield' expression" }, { "async", "an 'async' statement" },
};

const char *cfg_construct(const char *name, size_t len)
{
	for (size_t i = 0; i < sizeof(constructs) / sizeof(constructs[0]); i++)
		if (strlen(constructs[i].word) == len && !memcmp(constructs[i].word, name, len))
			return constructs[i].name;
	return NULL;
}

int cfg_error_at(struct cfg_reader *r, int line, int column, const char *fmt, ...)
{
	va_list ap;
	int n = snprintf(r->err, r->err_size, "%.200s:%d:%d: ", r->file, line, column);

	va_start(ap, fmt);
	if (n >= 0 && (size_t)n < r->err_size)
		vsnprintf(r->err + n, r->err_size - (size_t)n, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

int cfg_expected(struct cfg_reader *r, const char *what)
{
	const struct cfg_token *t = &r->token;
	const char *python = t->type == CFG_T_NAME ? cfg_construct(t->at, t->len) : NULL;

	if (python)
		return cfg_error_at(r, t->line, t->column, "expected %s, found %s; Python is not run "
			"here, only literals, variables, + - * and %% are understood", what, python);
	if (t->type == CFG_T_END || t->type == CFG_T_NEWLINE)
		return cfg_error_at(r, t->line, t->column, "expected %s, found the end of the %s", what,
			t->type == CFG_T_END ? "file" : "line");
	return cfg_error_at(r, t->line, t->column, "expected %s, found '%.*s'", what,
		t->len > 40 ? 40 : (int)t->len, t->at);
}

int cfg_refuse_python(struct cfg_reader *r, const struct cfg_token *name, const char *expected)
{
	static const char *const signs[][2] = { { "(", "a call" }, { ".", "an attribute" }, { "[", "a subscript" } };

	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
		if (cfg_is_sign(r, signs[i][0]))
			return cfg_error_at(r, name->line, name->column, "expected %s, found %s '%.*s%.*s'; "
				"Python is not run here, only literals, variables, + - * and %% are "
				"understood", expected, signs[i][1], name->len > 40 ? 40 : (int)name->len,
				name->at, (int)r->token.len, r->token.at);
	return 0;
}

static int here(const struct cfg_reader *r)
{
	return (int)(r->p - r->line_start) + 1;
}

static void newline(struct cfg_reader *r)
{
	r->line++;
	r->line_start = r->p;
}

/* Blanks, comments, continued lines and, within brackets, newlines. */
static void skip(struct cfg_reader *r)
{
	while (r->p < r->end) {
		if (*r->p == '#') {
			while (r->p < r->end && *r->p != '\n')
				r->p++;
		} else if (*r->p == '\\' && r->end - r->p >= 2 && r->p[1] == '\n') {
			r->p += 2;
			newline(r);
		} else if (*r->p == '\\' && r->end - r->p >= 3 && r->p[1] == '\r' && r->p[2] == '\n') {
			r->p += 3;
			newline(r);
		} else if (*r->p == '\n' && r->brackets) {
			r->p++;
			newline(r);
		} else if (*r->p == ' ' || *r->p == '\t' || *r->p == '\r' || *r->p == '\f') {
			r->p++;
		} else {
			return;
		}
	}
}

static int number(struct cfg_reader *r)
{
	struct cfg_token *t = &r->token;
	char text[40], *stop;
	int64_t n;
	bool octal;

	while (r->p < r->end && (isalnum((unsigned char)*r->p) || *r->p == '.' || *r->p == '_'))
		r->p++;
	t->len = (size_t)(r->p - t->at);
	if (t->len >= sizeof(text))
		return cfg_expected(r, "a number of at most 63 bits");
	memcpy(text, t->at, t->len);
	text[t->len] = '\0';
	/* 0755 and 0o755 are octal in Python 2 and 3. */
	octal = text[0] == '0' && (text[1] == 'o' || text[1] == 'O');
	errno = 0;
	n = octal ? strtoll(text + 2, &stop, 8) : strtoll(text, &stop, 0);
	if (errno == ERANGE)
		return cfg_expected(r, "a number of at most 63 bits");
	if (*stop == 'L' || *stop == 'l')	/* Python 2's long */
		stop++;
	if (*stop || (octal && !text[2])) {
		if (strchr(text, '.') && strspn(text, "0123456789.") == t->len)
			return cfg_expected(r, "an integer");
		return cfg_expected(r, "a number");
	}
	t->value = json_object_new_int64(n);
	return t->value ? 0 : -ENOMEM;
}

static int hex_digit(char c)
{
	return isxdigit((unsigned char)c) ? (isdigit((unsigned char)c) ? c - '0' : (c | 32) - 'a' + 10)
					  : -1;
}

/* One escape behind its backslash; the byte, -1: none (a continued line), -2: bad, -3: unknown. */
static int escape(struct cfg_reader *r)
{
	static const char from[] = "nrtabfv\\'\"", to[] = "\n\r\t\a\b\f\v\\'\"";
	char c = *r->p++;
	const char *at = strchr(from, c);
	int n = 0, digits;

	if (c == '\n') {
		newline(r);
		return -1;
	}
	if (c && at)
		return (unsigned char)to[at - from];
	if (c == 'x') {
		if (r->end - r->p < 2 || hex_digit(r->p[0]) < 0 || hex_digit(r->p[1]) < 0)
			return -2;
		n = hex_digit(r->p[0]) * 16 + hex_digit(r->p[1]);
		r->p += 2;
		return n ? n : -2;
	}
	if (c >= '0' && c <= '7') {
		n = c - '0';
		for (digits = 1; digits < 3 && r->p < r->end && *r->p >= '0' && *r->p <= '7'; digits++)
			n = n * 8 + (*r->p++ - '0');
		return n && n < 256 ? n : -2;
	}
	r->p--;
	return -3;
}

/* Behind the opening quotes; to the closing ones. */
static int string_body(struct cfg_reader *r, char quote, bool triple, bool raw, char *buf,
	size_t *ret_len)
{
	const struct cfg_token *t = &r->token;
	size_t len = 0;
	int c, column;

	while (r->p < r->end) {
		if (len + 2 >= CFG_STRING_MAX) {
			cfg_error_at(r, t->line, t->column, "expected a string of less than %u bytes",
				CFG_STRING_MAX);
			return -EFBIG;
		}
		if (*r->p == quote && (!triple ||
				(r->end - r->p >= 3 && r->p[1] == quote && r->p[2] == quote))) {
			r->p += triple ? 3 : 1;
			*ret_len = len;
			return 0;
		}
		column = here(r);
		c = (unsigned char)*r->p++;
		if (c == '\n' && !triple)
			break;
		if (!c)
			return cfg_error_at(r, r->line, column, "expected text, found a NUL byte");
		if (c == '\n')
			newline(r);
		if (c == '\\' && raw && r->p < r->end && *r->p != '\n') {
			buf[len++] = '\\';
			c = (unsigned char)*r->p++;
		} else if (c == '\\' && !raw && r->p < r->end) {
			c = escape(r);
			if (c == -2)
				return cfg_error_at(r, r->line, column, "expected \\xHH or an octal "
					"escape of a byte that is not 0");
			if (c == -1)
				continue;
			if (c == -3)
				c = '\\';
		}
		buf[len++] = (char)c;
	}
	return cfg_error_at(r, t->line, t->column, "expected a closing %s%c%s for the string that "
		"starts here", triple ? "triple " : "", quote, triple ? " thrice" : "");
}

static int string(struct cfg_reader *r, bool raw)
{
	static char buf[CFG_STRING_MAX];	/* one reader at a time, no threads */
	struct cfg_token *t = &r->token;
	char quote = *r->p;
	bool triple = r->end - r->p >= 3 && r->p[1] == quote && r->p[2] == quote;
	size_t len = 0;
	int rc;

	r->p += triple ? 3 : 1;
	rc = string_body(r, quote, triple, raw, buf, &len);
	if (rc)
		return rc;
	t->type = CFG_T_STRING;
	t->len = (size_t)(r->p - t->at);
	t->value = json_object_new_string_len(buf, (int)len);
	return t->value ? 0 : -ENOMEM;
}

static int name(struct cfg_reader *r)
{
	struct cfg_token *t = &r->token;

	while (r->p < r->end && (isalnum((unsigned char)*r->p) || *r->p == '_'))
		r->p++;
	t->len = (size_t)(r->p - t->at);
	/* r'...', u"..." and the like are strings */
	if (t->len == 1 && r->p < r->end && (*r->p == '"' || *r->p == '\'') && strchr("rRuUbB", *t->at))
		return string(r, *t->at == 'r' || *t->at == 'R');
	return 0;
}

bool cfg_is_sign(const struct cfg_reader *r, const char *sign)
{
	return r->token.type == CFG_T_SIGN && r->token.len == strlen(sign) &&
		!memcmp(r->token.at, sign, r->token.len);
}

int cfg_next(struct cfg_reader *r)
{
	static const char *const doubles[] = { "+=", "-=", "*=", "%=", "==", "!=", "<=", ">=", "**",
		"//", "<<", ">>" };
	struct cfg_token *t = &r->token;
	unsigned char c;

	json_object_put(t->value);
	skip(r);
	*t = (struct cfg_token){ .at = r->p, .line = r->line, .column = here(r) };
	if (r->p >= r->end)
		return 0;
	c = (unsigned char)*r->p;
	t->len = 1;
	if (c == '\n' || c == ';') {
		t->type = CFG_T_NEWLINE;
		r->p++;
		if (c == '\n')
			newline(r);
		return 0;
	}
	if (isdigit(c)) {
		t->type = CFG_T_NUMBER;
		return number(r);
	}
	if (isalpha(c) || c == '_') {
		t->type = CFG_T_NAME;
		return name(r);
	}
	if (c == '"' || c == '\'')
		return string(r, false);
	if (c < ' ' || c > '~')
		return cfg_error_at(r, t->line, t->column, "expected text, found the byte 0x%02x", c);
	t->type = CFG_T_SIGN;
	for (size_t i = 0; r->end - r->p >= 2 && i < sizeof(doubles) / sizeof(doubles[0]); i++)
		if (!memcmp(r->p, doubles[i], 2))
			t->len = 2;
	r->p += t->len;
	return 0;
}
