/* SPDX-License-Identifier: GPL-2.0-only */
/* grub.h: GRUB's script language, as far as boot menus use it.
 *
 * Words, quotes, variables, if/elif/else/fi, menuentry, submenu; functions and loops are passed over.
 * Commands that matter: set, unset, test, search, load_env, source, configfile, linux, initrd, blscfg;
 * all else does nothing. Facts: GRUB's manual 2.06, "Writing full configuration files directly". */
#ifndef XEND_BOOT_GRUB_H
#define XEND_BOOT_GRUB_H

#include "xend/boot/menu.h"

#define GRUB_WORDS_MAX	64
#define GRUB_VARS_MAX	256
#define GRUB_DEPTH_MAX	24	/* blocks within blocks, files read by files */
#define GRUB_STEPS_MAX	100000	/* commands, of all of it */

/* How a word of a command ended it. */
enum grub_end { GRUB_END_LINE, GRUB_END_BRACE, GRUB_END_TEXT };

struct grub_command {
	char *words[GRUB_WORDS_MAX];
	unsigned int count;
	enum grub_end end;
};

struct grub_var {
	char *name, *value;
};

struct grub {
	struct boot_fs *fs;	/* with the configuration; NULL in tests: no files */
	struct boot_menu *menu;
	struct boot_plan *plan;	/* into which linux and initrd lines go */
	struct grub_var vars[GRUB_VARS_MAX];
	unsigned int var_count, depth, steps;
	int parent;		/* the submenu being read */
	bool booted;		/* `boot` was said: what comes behind it does not count */
	/* the text being read */
	const char *text;
	size_t size, at;
};

void grub_init(struct grub *g, struct boot_fs *fs, struct boot_menu *menu);
void grub_clear(struct grub *g);

/* Runs a text. 0, or -E2BIG: a limit was reached; -ENOMEM. What was understood is in the menu. */
int grub_run(struct grub *g, const char *text, size_t size);
/* Runs an entry's body into its plan. */
int grub_run_entry(struct grub *g, struct boot_entry *e);

/* grub_word.c: the next command, variables put in if `run`. -ENODATA at the end. A keyword that a
 * command follows comes alone. */
int grub_next(struct grub *g, bool run, struct grub_command *ret_command);
void grub_command_clear(struct grub_command *c);

/* grub_command.c: runs one; its status: 0 is true. < 0: -E2BIG, -ENOMEM. */
int grub_execute(struct grub *g, const struct grub_command *c);

const char *grub_get(const struct grub *g, const char *name, size_t len);	/* "" if not set */
int grub_set(struct grub *g, const char *name, const char *value);		/* NULL: unset */
int grub_load_env(struct grub *g, const char *path);

/* bls.c: entries of the boot loader specification become the menu's; returns how many, or -Exxx. */
int bls_read(struct grub *g);

#endif
