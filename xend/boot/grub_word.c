/* SPDX-License-Identifier: GPL-2.0-only */
/* grub_word.c: GRUB's script as commands of words. */
#include "xend/boot/grub.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct word {
	char text[BOOT_TEXT_MAX];
	size_t len;
	bool there;	/* quotes make an empty word one */
	bool plain;	/* no quotes: may be a keyword */
};

static int peek(const struct grub *g)
{
	return g->at < g->size ? (unsigned char)g->text[g->at] : -1;
}

static int word_add(struct word *w, const char *text, size_t len)
{
	if (len > sizeof(w->text) - 1 - w->len)
		return -E2BIG;
	memcpy(w->text + w->len, text, len);
	w->len += len;
	w->there = true;
	return 0;
}

/* $name, ${name}, $1, $?; a sign that none of these follow stands for itself. */
static int read_variable(struct grub *g, bool run, struct word *w)
{
	size_t start = ++g->at, len;
	const char *value;
	bool brace = peek(g) == '{';

	if (brace)
		start = ++g->at;
	while (peek(g) > 0 && (isalnum(peek(g)) || peek(g) == '_' || (g->at == start && peek(g) == '?')))
		g->at++;
	len = g->at - start;
	if (brace && peek(g) == '}')
		g->at++;
	if (!len)
		return brace ? 0 : word_add(w, "$", 1);
	if (!run)
		return word_add(w, "$", 1);
	value = grub_get(g, g->text + start, len);
	return *value ? word_add(w, value, strlen(value)) : 0;
}

static int read_single(struct grub *g, struct word *w)
{
	size_t start = ++g->at;
	int rc;

	while (peek(g) >= 0 && peek(g) != '\'')
		g->at++;
	w->there = true;
	rc = word_add(w, g->text + start, g->at - start);
	g->at += peek(g) >= 0;
	return rc;
}

static int read_double(struct grub *g, bool run, struct word *w)
{
	int rc = 0;

	w->there = true;
	for (g->at++; !rc && peek(g) >= 0 && peek(g) != '"';) {
		if (peek(g) == '$') {
			rc = read_variable(g, run, w);
			continue;
		}
		if (peek(g) == '\\' && g->at + 1 < g->size && strchr("\"\\$\n", g->text[g->at + 1])) {
			g->at++;
			if (peek(g) == '\n') {
				g->at++;
				continue;
			}
		}
		rc = word_add(w, g->text + g->at, 1);
		g->at++;
	}
	g->at += peek(g) >= 0;
	return rc;
}

static bool ends_word(int c)
{
	return c < 0 || c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ';';
}

static int read_word(struct grub *g, bool run, struct word *w)
{
	int rc = 0, c;

	w->len = 0;
	w->there = false;
	w->plain = true;
	while (!rc && !ends_word(c = peek(g))) {
		if (c == '\'' || c == '"')
			w->plain = false;
		if (c == '\'') {
			rc = read_single(g, w);
		} else if (c == '"') {
			rc = read_double(g, run, w);
		} else if (c == '$') {
			rc = read_variable(g, run, w);
		} else if (c == '\\') {
			g->at++;
			c = peek(g);
			if (c >= 0 && c != '\n')
				rc = word_add(w, g->text + g->at, 1);
			g->at += c >= 0;
		} else {
			rc = word_add(w, g->text + g->at, 1);
			g->at++;
		}
	}
	w->text[w->len] = '\0';
	return rc;
}

/* Blanks, joined lines and comments. */
static void skip_blanks(struct grub *g)
{
	for (;;) {
		int c = peek(g);

		if (c == ' ' || c == '\t' || c == '\r')
			g->at++;
		else if (c == '\\' && g->at + 1 < g->size && g->text[g->at + 1] == '\n')
			g->at += 2;
		else if (c == '#')
			while (peek(g) >= 0 && peek(g) != '\n')
				g->at++;
		else
			return;
	}
}

static bool stands_alone(const char *word)
{
	static const char *const words[] = { "if", "then", "elif", "else", "fi", "while", "until", "do",
		"done", "}", "{" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(word, words[i]))
			return true;
	return false;
}

void grub_command_clear(struct grub_command *c)
{
	for (unsigned int i = 0; i < c->count; i++)
		free(c->words[i]);
	c->count = 0;
}

static int keep(struct grub_command *c, const struct word *w)
{
	char *copy;

	if (c->count >= GRUB_WORDS_MAX)
		return 0;	/* the rest of a long line is not wanted */
	copy = strdup(w->text);
	if (!copy)
		return -ENOMEM;
	c->words[c->count++] = copy;
	return 0;
}

/* Skips to the first word of a command. */
static bool to_command(struct grub *g)
{
	for (;;) {
		skip_blanks(g);
		if (peek(g) != '\n' && peek(g) != ';')
			return peek(g) >= 0;
		g->at++;
	}
}

int grub_next(struct grub *g, bool run, struct grub_command *c)
{
	struct word w;
	int rc = 0, e;

	c->count = 0;
	c->end = GRUB_END_LINE;
	if (!to_command(g))
		return -ENODATA;
	while (!rc) {
		skip_blanks(g);
		e = peek(g);
		if (e < 0 || e == '\n' || e == ';') {
			g->at += e >= 0;
			c->end = e < 0 ? GRUB_END_TEXT : GRUB_END_LINE;
			break;
		}
		rc = read_word(g, run, &w);
		if (rc || !w.there)
			continue;
		if (c->count && w.plain && !strcmp(w.text, "{")) {
			c->end = GRUB_END_BRACE;
			break;
		}
		if (c->count && w.plain && !strcmp(w.text, "}")) {
			g->at--;	/* a command of its own */
			break;
		}
		rc = keep(c, &w);
		if (!rc && c->count == 1 && w.plain && stands_alone(w.text))
			break;
	}
	if (rc)
		grub_command_clear(c);
	return rc;
}
