/* SPDX-License-Identifier: GPL-2.0-only */
/* menu.h: what a guest's boot configuration offers, and which of it is to be started.
 *
 * GRUB's script (grub.c) and the boot loader specification's entries (bls.c) both end here. All of it
 * was written by the guest: every count and length has a limit. */
#ifndef XEND_BOOT_MENU_H
#define XEND_BOOT_MENU_H

#include "xend/boot/fs.h"

#define BOOT_ENTRIES_MAX 256
#define BOOT_INITRDS_MAX 8
#define BOOT_TEXT_MAX	 4096		/* of one value, path or command line */
#define BOOT_CONFIG_MAX	 (1UL << 20)	/* of one configuration file */

/* A file by GRUB's name: which device, then the path. */
struct boot_file {
	char *root;	/* "": where the configuration is; "UUID/X", "LABEL/X", or as in (hd0,msdos1) */
	char *path;
};

/* What linux and initrd lines say. */
struct boot_plan {
	struct boot_file kernel, initrds[BOOT_INITRDS_MAX];
	unsigned int initrd_count;
	char *args;
	bool multiboot;		/* it starts something that is no Linux */
};

struct boot_entry {
	char *title, *id;
	int parent;		/* the submenu it is in, or -1 */
	bool submenu;
	char *body;		/* GRUB: commands; NULL: the plan is there */
	size_t body_size;
	struct boot_plan plan;
};

struct boot_menu {
	struct boot_entry entries[BOOT_ENTRIES_MAX];
	int count;
	char *standard;		/* what the configuration names as default, or NULL */
	struct boot_plan direct; /* lines outside of any entry */
};

void boot_menu_clear(struct boot_menu *menu);
/* A new entry, or NULL: too many, or no memory. Strings are copied. */
struct boot_entry *boot_menu_add(struct boot_menu *menu, int parent, const char *title, const char *id);
int boot_file_set(struct boot_file *file, const char *root, const char *path);

/* The entry that name stands for: number, title or id, or a way through submenus ("1>2"). NULL or
 * empty: the configuration's own, else the first. -1: there is none. */
int boot_menu_find(const struct boot_menu *menu, const char *name);

#endif
