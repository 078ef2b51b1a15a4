/* SPDX-License-Identifier: GPL-2.0-only */
/* menu.c: a boot menu's entries, and the choice among them. */
#include "xend/boot/menu.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void file_clear(struct boot_file *file)
{
	free(file->root);
	free(file->path);
	*file = (struct boot_file){ 0 };
}

static void boot_plan_clear(struct boot_plan *plan)
{
	file_clear(&plan->kernel);
	for (unsigned int i = 0; i < plan->initrd_count; i++)
		file_clear(&plan->initrds[i]);
	free(plan->args);
	*plan = (struct boot_plan){ 0 };
}

void boot_menu_clear(struct boot_menu *menu)
{
	for (int i = 0; i < menu->count; i++) {
		free(menu->entries[i].title);
		free(menu->entries[i].id);
		free(menu->entries[i].body);
		boot_plan_clear(&menu->entries[i].plan);
	}
	boot_plan_clear(&menu->direct);
	free(menu->standard);
	menu->standard = NULL;
	menu->count = 0;
}

int boot_file_set(struct boot_file *file, const char *root, const char *path)
{
	char *r = strdup(root), *p = strdup(path);

	if (!r || !p) {
		free(r);
		free(p);
		return -ENOMEM;
	}
	file_clear(file);
	file->root = r;
	file->path = p;
	return 0;
}

struct boot_entry *boot_menu_add(struct boot_menu *menu, int parent, const char *title, const char *id)
{
	struct boot_entry *e;

	if (menu->count >= BOOT_ENTRIES_MAX)
		return NULL;
	e = &menu->entries[menu->count];
	*e = (struct boot_entry){ .parent = parent, .title = strdup(title), .id = strdup(id) };
	if (!e->title || !e->id) {
		free(e->title);
		free(e->id);
		return NULL;
	}
	menu->count++;
	return e;
}

static bool is(const struct boot_entry *e, const char *name, size_t len)
{
	return (strlen(e->id) == len && len && !memcmp(e->id, name, len)) ||
	       (strlen(e->title) == len && !memcmp(e->title, name, len));
}

/* One step of a way: by name first, then by number, as GRUB does. */
static int step(const struct boot_menu *menu, int parent, const char *name, size_t len)
{
	long number = 0, at = 0;

	for (int i = 0; i < menu->count; i++)
		if (menu->entries[i].parent == parent && is(&menu->entries[i], name, len))
			return i;
	if (!len || len > 4 || strspn(name, "0123456789") < len)
		return -1;
	for (size_t i = 0; i < len; i++)
		number = number * 10 + name[i] - '0';
	for (int i = 0; i < menu->count; i++)
		if (menu->entries[i].parent == parent && at++ == number)
			return i;
	return -1;
}

/* A submenu stands for its first entry, at last. */
static int descend(const struct boot_menu *menu, int i)
{
	int first = i;

	while (first >= 0 && menu->entries[first].submenu)
		first = step(menu, first, "0", 1);
	return first;
}

static int walk(const struct boot_menu *menu, const char *name)
{
	const char *end;
	int at = -1;

	/* A title may have the sign of a way in it. */
	at = step(menu, -1, name, strlen(name));
	if (at >= 0)
		return descend(menu, at);
	for (; (end = strchr(name, '>')); name = end + 1) {
		at = step(menu, at, name, (size_t)(end - name));
		if (at < 0)
			return -1;
	}
	return descend(menu, step(menu, at, name, strlen(name)));
}

int boot_menu_find(const struct boot_menu *menu, const char *name)
{
	int i = -1;

	if (name && *name) {
		i = walk(menu, name);
		if (i >= 0)
			return i;
		/* The id of an entry that is in a submenu, without the way to it. */
		for (i = 0; i < menu->count; i++)
			if (!menu->entries[i].submenu && is(&menu->entries[i], name, strlen(name)))
				return i;
		return -1;
	}
	if (menu->standard && *menu->standard)
		i = walk(menu, menu->standard);
	return i >= 0 ? i : descend(menu, step(menu, -1, "0", 1));
}
