/* SPDX-License-Identifier: GPL-2.0-only */
/* grub.c: GRUB's script: which commands are run, and what is only passed over. */
#include "xend/boot/grub.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum stop { STOP_TEXT, STOP_THEN, STOP_ELIF, STOP_ELSE, STOP_FI, STOP_DO, STOP_DONE, STOP_BRACE };

static int run_list(struct grub *g, bool run, int *ret_status);

/* ---- variables ----------------------------------------------------------------------------------- */

static struct grub_var *find(const struct grub *g, const char *name, size_t len)
{
	for (unsigned int i = 0; i < g->var_count; i++)
		if (strlen(g->vars[i].name) == len && !memcmp(g->vars[i].name, name, len))
			return (struct grub_var *)&g->vars[i];
	return NULL;
}

const char *grub_get(const struct grub *g, const char *name, size_t len)
{
	const struct grub_var *v = find(g, name, len);

	return v ? v->value : "";
}

int grub_set(struct grub *g, const char *name, const char *value)
{
	struct grub_var *v = find(g, name, strlen(name));
	char *copy = strdup(value ? value : ""), *key;

	if (!copy)
		return -ENOMEM;
	if (v) {
		free(v->value);
		v->value = copy;
		return 0;
	}
	key = g->var_count < GRUB_VARS_MAX ? strdup(name) : NULL;
	if (!key) {
		free(copy);
		return g->var_count < GRUB_VARS_MAX ? -ENOMEM : -E2BIG;
	}
	v = &g->vars[g->var_count++];
	v->name = key;
	v->value = copy;
	return 0;
}

void grub_init(struct grub *g, struct boot_fs *fs, struct boot_menu *menu)
{
	/* What scripts made by grub-mkconfig ask for. */
	static const char *const set[][2] = {
		{ "feature_menuentry_id", "y" }, { "feature_platform_search_hint", "y" },
		{ "feature_timeout_style", "y" }, { "feature_default_font_path", "y" },
		{ "menuentry_id_option", "--id" }, { "grub_platform", "xen" }, { "grub_cpu", "x86_64" },
	};

	*g = (struct grub){ .fs = fs, .menu = menu, .plan = &menu->direct, .parent = -1 };
	for (size_t i = 0; i < sizeof(set) / sizeof(set[0]); i++)
		grub_set(g, set[i][0], set[i][1]);
}

void grub_clear(struct grub *g)
{
	for (unsigned int i = 0; i < g->var_count; i++) {
		free(g->vars[i].name);
		free(g->vars[i].value);
	}
	g->var_count = 0;
}

/* ---- blocks -------------------------------------------------------------------------------------- */

/* if LIST then LIST [elif LIST then LIST]... [else LIST] fi; "if" has been read. */
static int run_if(struct grub *g, bool run, int *ret_status)
{
	bool taken = !run;	/* a branch has been run, or none is to be */
	int status = 0, stop;

	do {
		stop = run_list(g, !taken, &status);
		if (stop != STOP_THEN)
			return stop < 0 ? stop : STOP_TEXT;
		stop = run_list(g, !taken && !status, ret_status);
		taken |= !status;
	} while (stop == STOP_ELIF);
	if (stop == STOP_ELSE)
		stop = run_list(g, !taken, ret_status);
	return stop < 0 ? stop : stop == STOP_FI ? 0 : STOP_TEXT;
}

/* while and until; a loop's body is not run: no menu that programs make has one. */
static int pass_loop(struct grub *g)
{
	int status, stop = run_list(g, false, &status);

	if (stop == STOP_DO)
		stop = run_list(g, false, &status);
	return stop < 0 ? stop : stop == STOP_DONE ? 0 : STOP_TEXT;
}

/* Up to the brace that ends the block; where its text was. */
static int pass_block(struct grub *g, size_t *ret_start, size_t *ret_size)
{
	size_t start = g->at;
	int status, stop = run_list(g, false, &status);

	*ret_start = start;
	*ret_size = g->at - start - (stop == STOP_BRACE);
	return stop < 0 ? stop : stop == STOP_BRACE ? 0 : STOP_TEXT;
}

/* Of menuentry's words: the title, and --id. Other options have a value, but for --unrestricted. */
static void entry_names(const struct grub_command *c, const char **ret_title, const char **ret_id)
{
	*ret_title = *ret_id = "";
	for (unsigned int i = 1; i < c->count; i++) {
		const char *w = c->words[i];

		if (!strncmp(w, "--id=", 5)) {
			*ret_id = w + 5;
		} else if (w[0] == '-' && w[1] == '-') {
			if (!strcmp(w, "--unrestricted") || strchr(w, '='))
				continue;
			if (!strcmp(w, "--id") && i + 1 < c->count)
				*ret_id = c->words[i + 1];
			i++;
		} else if (!**ret_title) {
			*ret_title = w;
		}
	}
}

static int run_sub(struct grub *g, const char *text, size_t size)
{
	const char *outer = g->text;
	size_t outer_size = g->size, outer_at = g->at;
	int status, stop;

	if (g->depth >= GRUB_DEPTH_MAX)
		return -E2BIG;
	g->depth++;
	g->text = text;
	g->size = size;
	g->at = 0;
	stop = run_list(g, true, &status);
	g->text = outer;
	g->size = outer_size;
	g->at = outer_at;
	g->depth--;
	return stop < 0 ? stop : 0;
}

static int add_entry(struct grub *g, const struct grub_command *c, const char *body, size_t size)
{
	bool submenu = !strcmp(c->words[0], "submenu");
	const char *title, *id;
	struct boot_entry *e;
	int outer = g->parent, rc;

	entry_names(c, &title, &id);
	e = boot_menu_add(g->menu, g->parent, title, id);
	if (!e)
		return -E2BIG;
	e->submenu = submenu;
	if (!submenu) {
		e->body = malloc(size + 1);
		if (!e->body)
			return -ENOMEM;
		memcpy(e->body, body, size);
		e->body[size] = '\0';
		e->body_size = size;
		return 0;
	}
	g->parent = g->menu->count - 1;
	rc = run_sub(g, body, size);
	g->parent = outer;
	return rc;
}

/* menuentry, submenu or function, whose brace has been read. */
static int run_block(struct grub *g, bool run, const struct grub_command *c)
{
	size_t start, size;
	int rc = pass_block(g, &start, &size);

	if (rc < 0 || !run || !strcmp(c->words[0], "function"))
		return rc;
	if (strcmp(c->words[0], "menuentry") != 0 && strcmp(c->words[0], "submenu") != 0)
		return rc;
	return add_entry(g, c, g->text + start, size);
}

static int stop_word(const char *word)
{
	static const char *const words[] = { [STOP_THEN] = "then", [STOP_ELIF] = "elif", [STOP_ELSE] = "else",
		[STOP_FI] = "fi", [STOP_DO] = "do", [STOP_DONE] = "done", [STOP_BRACE] = "}" };

	for (int i = STOP_THEN; i <= STOP_BRACE; i++)
		if (!strcmp(word, words[i]))
			return i;
	return -1;
}

/* One command that does not end a list. 0, STOP_TEXT is not told apart: the text ends either way. */
static int run_one(struct grub *g, bool run, const struct grub_command *c, int *status)
{
	const char *word = c->words[0];
	int rc;

	if (!strcmp(word, "if"))
		return run_if(g, run, status);
	if (!strcmp(word, "while") || !strcmp(word, "until"))
		return pass_loop(g);
	if (!strcmp(word, "for")) {
		int ignored;

		rc = run_list(g, false, &ignored);	/* up to "do" */
		if (rc == STOP_DO)
			rc = run_list(g, false, &ignored);
		return rc < 0 ? rc : 0;
	}
	if (c->end == GRUB_END_BRACE || !strcmp(word, "{"))
		return run_block(g, run, c);
	if (!run || g->booted)
		return 0;
	rc = grub_execute(g, c);
	if (rc >= 0)
		*status = rc;
	return rc < 0 ? rc : 0;
}

/* Commands up to a word that ends a list: which one, or -Exxx. */
static int run_list(struct grub *g, bool run, int *ret_status)
{
	struct grub_command c;
	int rc, stop, status = 0;

	if (g->depth >= GRUB_DEPTH_MAX)
		return -E2BIG;
	g->depth++;
	for (;;) {
		rc = ++g->steps > GRUB_STEPS_MAX ? -E2BIG : grub_next(g, run, &c);
		if (rc == -ENODATA) {
			rc = STOP_TEXT;
			break;
		}
		if (rc)
			break;
		if (!c.count)
			continue;
		stop = stop_word(c.words[0]);
		rc = stop >= 0 ? stop : run_one(g, run, &c, &status);
		grub_command_clear(&c);
		if (stop >= 0 || rc < 0)
			break;
	}
	g->depth--;
	*ret_status = status;
	return rc;
}

int grub_run(struct grub *g, const char *text, size_t size)
{
	return run_sub(g, text, size);
}

int grub_run_entry(struct grub *g, struct boot_entry *e)
{
	int rc;

	if (!e->body)
		return 0;
	g->plan = &e->plan;
	g->booted = false;
	rc = run_sub(g, e->body, e->body_size);
	g->plan = &g->menu->direct;
	return rc;
}
