/* SPDX-License-Identifier: GPL-2.0-only */
/* xend_boot_test.c: the parts of the boot reader: partitions, menus, words of the configuration. */
#include "xend/boot/boot.h"
#include "xend/boot/grub.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SEEDS "tests/fuzz/seeds/boot/"
#define UUID  "11111111-2222-3333-4444-555555555555"

/* ---- partitions ---------------------------------------------------------------------------------- */

static uint8_t disk_bytes[64 << 10];

static void put32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

static void put_mbr(uint32_t sector, int slot, uint8_t type, uint32_t start, uint32_t count)
{
	uint8_t *s = disk_bytes + sector * 512, *e = s + 446 + slot * 16;

	s[510] = 0x55;
	s[511] = 0xaa;
	e[4] = type;
	put32(e + 8, start);
	put32(e + 12, count);
}

static int read_parts(struct boot_part parts[BOOT_PARTS_MAX])
{
	struct boot_disk disk;

	boot_disk_memory(&disk, disk_bytes, sizeof(disk_bytes));
	return boot_parts(&disk, parts);
}

static void test_no_table(void **state)
{
	struct boot_part parts[BOOT_PARTS_MAX];

	memset(disk_bytes, 0, sizeof(disk_bytes));
	assert_int_equal(read_parts(parts), 1);
	assert_int_equal(parts[0].number, 0);
	assert_int_equal(parts[0].size, sizeof(disk_bytes));
	/* a boot sector's code where the table would be */
	memset(disk_bytes + 440, 0x33, 70);
	disk_bytes[510] = 0x55;
	disk_bytes[511] = 0xaa;
	assert_int_equal(read_parts(parts), 1);
}

static void test_mbr(void **state)
{
	struct boot_part parts[BOOT_PARTS_MAX];

	memset(disk_bytes, 0, sizeof(disk_bytes));
	put_mbr(0, 0, 0x83, 8, 8);
	put_mbr(0, 1, 0x05, 32, 64);
	put_mbr(0, 3, 0x83, 100, 5000);	/* beyond the end */
	put_mbr(32, 0, 0x83, 1, 4);
	put_mbr(32, 1, 0x05, 8, 16);
	put_mbr(40, 0, 0x83, 2, 6);
	put_mbr(40, 1, 0x05, 8, 16);	/* itself, without end */
	assert_int_equal(read_parts(parts), 2 + 32 + 1);
	assert_int_equal(parts[0].number, 1);
	assert_int_equal(parts[0].start, 8 * 512);
	assert_int_equal(parts[1].number, 4);
	assert_int_equal(parts[1].size, sizeof(disk_bytes) - 100 * 512);
	assert_int_equal(parts[2].number, 5);
	assert_int_equal(parts[2].start, 33 * 512);
	assert_int_equal(parts[3].start, 42 * 512);
	assert_int_equal(parts[3].size, 6 * 512);
}

static void test_gpt(void **state)
{
	struct boot_part parts[BOOT_PARTS_MAX];
	uint8_t *h = disk_bytes + 512, *e = disk_bytes + 1024;

	memset(disk_bytes, 0, sizeof(disk_bytes));
	put_mbr(0, 0, 0xee, 1, 127);
	memcpy(h, "EFI PART", 8);
	put32(h + 72, 2);
	put32(h + 80, 0xffffffff);	/* entries: more than there can be */
	put32(h + 84, 128);
	e[0] = 1;
	put32(e + 32, 10);
	put32(e + 40, 19);
	e[256] = 1;
	put32(e + 256 + 32, 30);
	put32(e + 256 + 36, 1);		/* starts far beyond the end */
	e[384] = 1;
	put32(e + 384 + 32, 20);
	put32(e + 384 + 40, 5);		/* ends before it starts */
	assert_int_equal(read_parts(parts), 2);
	assert_int_equal(parts[0].number, 1);
	assert_int_equal(parts[0].start, 10 * 512);
	assert_int_equal(parts[0].size, 10 * 512);
	put32(h + 84, 0);
	assert_int_equal(read_parts(parts), 1);
	put32(h + 84, 128);
	put32(h + 76, 0x80000000);
	assert_int_equal(read_parts(parts), 1);
}

/* ---- menus --------------------------------------------------------------------------------------- */

static struct boot_menu menu;
static struct grub grub;

static int run(const char *text)
{
	int rc;

	grub_init(&grub, NULL, &menu);
	rc = grub_run(&grub, text, strlen(text));
	menu.standard = strdup(grub_get(&grub, "default", 7));
	return rc;
}

static void done(void)
{
	grub_clear(&grub);
	boot_menu_clear(&menu);
}

static char *file_text(const char *path)
{
	FILE *f = fopen(path, "re");
	char *text = calloc(1, 65536);

	assert_non_null(f);
	assert_true(fread(text, 1, 65535, f) > 0);
	fclose(f);
	return text;
}

static struct boot_plan *plan_of(const char *name)
{
	int i = boot_menu_find(&menu, name);

	assert_true(i >= 0);
	assert_int_equal(grub_run_entry(&grub, &menu.entries[i]), 0);
	return &menu.entries[i].plan;
}

static void test_debian(void **state)
{
	char *text = file_text(SEEDS "debian.cfg");
	struct boot_plan *p;

	assert_int_equal(run(text), 0);
	assert_int_equal(menu.count, 6);
	p = plan_of(NULL);
	assert_string_equal(p->kernel.path, "/boot/vmlinuz");
	assert_string_equal(p->kernel.root, "UUID/" UUID);
	assert_string_equal(p->args, "root=UUID=" UUID " ro quiet");
	assert_int_equal(p->initrd_count, 1);
	assert_string_equal(p->initrds[0].path, "/boot/initrd.img");
	p = plan_of("gnulinux-6.1-recovery-1111");
	assert_string_equal(p->args, "root=/dev/xvda1 ro single verbose");
	assert_int_equal(p->initrd_count, 2);
	assert_ptr_equal(plan_of("gnulinux-advanced-1111>1"), p);
	assert_ptr_equal(plan_of("1>gnulinux-6.1-recovery-1111"), p);
	assert_ptr_equal(plan_of("Advanced options for Debian GNU/Linux>Debian GNU/Linux, with Linux 6.1 "
				 "(recovery mode)"), p);
	assert_string_equal(plan_of("1")->args, "root=/dev/xvda1 ro");
	p = plan_of("2");
	assert_true(p->multiboot);
	assert_null(p->kernel.path);
	assert_int_equal(boot_menu_find(&menu, "17"), -1);
	assert_int_equal(boot_menu_find(&menu, "1>17"), -1);
	assert_int_equal(boot_menu_find(&menu, "nothing"), -1);
	done();
	free(text);
}

/* A text, and what $x and $y are in the end. */
static const struct {
	const char *text, *x, *y;
} scripts[] = {
	{ "set x=1; y=\"a $x b\"", "1", "a 1 b" },
	{ "x='$y' y=2\n", "$y", "" },
	{ "set x=\"${none}\"; set y=${x}-", "", "-" },
	{ "if [ -z \"$x\" ]; then x=1; else x=2; fi", "1", "" },
	{ "if [ a = b ]; then x=1; elif [ a != b ]; then x=2; elif true; then x=3; else x=4; fi; y=5", "2", "5" },
	{ "if false; then if true; then x=1; fi; else if true; then x=2; fi; fi", "2", "" },
	{ "if [ x = y -o x = x ]; then x=1; fi\nif [ x = x -a x = y ]; then y=1; fi", "1", "" },
	{ "if [ ! x = y ]; then x=1; fi; if test 3 -lt 10; then y=1; fi", "1", "1" },
	{ "function f { x=1\n if true; then y=1; fi\n}\ny=2", "", "2" },
	{ "menuentry a { x=1 }\nsubmenu b { y=1\n}\n", "", "1" },
	{ "x=\"a\\\"b\\$c\"; y=a\\ b\\\nc", "a\"b$c", "a bc" },
	{ "# x=1\nx=2 # x=3\ny=4#5", "2", "4#5" },
	{ "while true; do x=1; done; until x; do x=2; done; for x in 1 2; do x=3; done; y=1", "", "1" },
	{ "search --fs-uuid --set=x abc; search -l root --set y", "UUID/abc", "LABEL/root" },
	{ "if [ ", "", "" },
	{ "x=1; fi; y=1", "1", "" },
	{ "'", "", "" },
	{ "${", "", "" },
	{ "boot; x=1", "", "" },
};

static void test_scripts(void **state)
{
	for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
		assert_int_equal(run(scripts[i].text), 0);
		if (strcmp(grub_get(&grub, "x", 1), scripts[i].x) != 0 ||
		    strcmp(grub_get(&grub, "y", 1), scripts[i].y) != 0)
			fail_msg("%s: x is '%s', y is '%s'", scripts[i].text, grub_get(&grub, "x", 1),
				grub_get(&grub, "y", 1));
		done();
	}
}

static void test_direct(void **state)
{
	char *text = file_text(SEEDS "pvgrub.cfg");

	assert_int_equal(run(text), 0);
	assert_int_equal(menu.count, 0);
	assert_true(grub.booted);
	assert_string_equal(menu.direct.kernel.root, "memdisk");
	assert_string_equal(menu.direct.kernel.path, "/boot/vmlinuz");
	done();
	free(text);
}

/* What grows without end reaches a limit. */
static void test_limits(void **state)
{
	char *text = calloc(1, 1 << 20);
	size_t n = 0;

	for (int i = 0; i < 1000; i++)
		n += (size_t)sprintf(text + n, "if true; then ");
	assert_int_equal(run(text), -E2BIG);
	done();
	for (int i = n = 0; i < 1000; i++)
		n += (size_t)sprintf(text + n, "submenu a { ");
	assert_int_equal(run(text), -E2BIG);
	done();
	n = (size_t)sprintf(text, "x=aaaaaaaaaaaaaaaa\n");
	for (int i = 0; i < 100; i++)
		n += (size_t)sprintf(text + n, "x=$x$x$x\n");
	assert_int_equal(run(text), -E2BIG);
	done();
	for (int i = n = 0; i < 1000; i++)
		n += (size_t)sprintf(text + n, "menuentry a { true; }\n");
	assert_int_equal(run(text), -E2BIG);
	assert_int_equal(menu.count, BOOT_ENTRIES_MAX);
	done();
	for (int i = n = 0; i < 1000; i++)
		n += (size_t)sprintf(text + n, "v%d=1\n", i);
	assert_int_equal(run(text), -E2BIG);
	done();
	free(text);
}

static void test_words(void **state)
{
	const char *const good[] = { "--entry=2", "-q", "--args", "a b", "--kernel=/k", "--ramdisk", "/r" };
	const char *const bad[][2] = { { "--kern=/k" }, { "--entry" }, { "--ramdisk=/r" }, { "" } };
	struct boot_want want;
	const char *args;
	char why[200];

	assert_int_equal(boot_words(good, 7, &want, &args, why, sizeof(why)), 0);
	assert_string_equal(want.entry, "2");
	assert_string_equal(want.kernel, "/k");
	assert_string_equal(want.ramdisk, "/r");
	assert_string_equal(args, "a b");
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(boot_words(bad[i], 1, &want, &args, why, sizeof(why)), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_table), cmocka_unit_test(test_mbr), cmocka_unit_test(test_gpt),
		cmocka_unit_test(test_debian), cmocka_unit_test(test_scripts), cmocka_unit_test(test_direct),
		cmocka_unit_test(test_limits), cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
