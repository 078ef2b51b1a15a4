/* SPDX-License-Identifier: GPL-2.0-only */
/* xend_qcow2_test.c: images whose headers name other files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "xend/qcow2.h"

#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define EXT_FORMAT    0xe2792acaU
#define EXT_DATA_FILE 0x44415441U

static char dir[32], why[400];

static const char *path(const char *name)
{
	static char buf[4][128];
	static unsigned int n;

	snprintf(buf[++n % 4], sizeof(buf[0]), "%s/%s", dir, name);
	return buf[n % 4];
}

static int setup(void **state)
{
	strcpy(dir, "/tmp/xend-qcow2-XXXXXX");
	if (!mkdtemp(dir) || mkdir(path("other"), 0700))
		return -1;
	return 0;
}

static int teardown(void **state)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -r %s", dir);
	return system(command);
}

static void put32(unsigned char *at, uint32_t v)
{
	v = htobe32(v);
	memcpy(at, &v, sizeof(v));
}

/* format NULL: no extension. features: the incompatible ones. */
static const char *make(const char *name, unsigned int version, const char *backing, const char *format,
	uint32_t features)
{
	unsigned char b[4096] = "QFI\xfb", *ext = b + (version == 3 ? 104 : 72);
	FILE *f = fopen(path(name), "w");

	put32(b + 4, version);
	put32(b + 20, 16);
	if (version == 3) {
		put32(b + 76, features);
		put32(b + 100, 104);
	}
	if (format) {
		put32(ext, EXT_FORMAT);
		put32(ext + 4, (uint32_t)strlen(format));
		memcpy(ext + 8, format, strlen(format));
	}
	if (backing) {
		put32(b + 12, 2048);
		put32(b + 16, (uint32_t)strlen(backing));
		memcpy(b + 2048, backing, strlen(backing));
	}
	assert_int_equal(fwrite(b, sizeof(b), 1, f), 1);
	fclose(f);
	return path(name);
}

static void plain(const char *name)
{
	FILE *f = fopen(path(name), "w");

	fputs("# Disk DescriptorFile\n", f);
	fclose(f);
}

static void good(const char *image)
{
	if (qcow2_check(image, why, sizeof(why)))
		fail_msg("%s", why);
}

static void bad(const char *image, const char *words)
{
	assert_int_equal(qcow2_check(image, why, sizeof(why)), -EACCES);
	if (!strstr(why, words) || !strstr(why, dir))
		fail_msg("%s", why);
}

static void test_allowed(void **state)
{
	plain("raw");
	good(make("alone", 3, NULL, NULL, 0));
	good(make("alone2", 2, NULL, NULL, 0));
	good(make("on_raw", 3, "raw", "raw", 0));
	good(make("on_raw2", 2, path("raw"), "raw", 0));
	good(make("on_image", 3, "on_raw", "qcow2", 0));
	good(make("on_nothing", 3, "not-there", "raw", 0));	/* its server says so */
	good(path("raw"));
	good(path("none"));
}

static void test_elsewhere(void **state)
{
	char other[128];

	snprintf(other, sizeof(other), "%s", path("other/raw"));
	plain("other/raw");
	plain("raw");
	bad(make("a", 3, "/etc/passwd", "raw", 0), "'/etc/passwd', which is no file beside it");
	bad(make("b", 3, "../../etc/passwd", "raw", 0), "no file beside it");
	bad(make("c", 2, other, "raw", 0), "no file beside it");
	bad(make("d", 3, "/dev/null", "raw", 0), "no file beside it");
	assert_int_equal(symlink("/etc/passwd", path("link")), 0);
	bad(make("e", 3, "link", "raw", 0), "no file beside it");
	bad(make("f", 3, "json:{\"driver\":\"file\"}", "raw", 0), "not named as a file");
	bad(make("g", 3, "nbd:localhost:10809", "raw", 0), "not named as a file");
	/* and so what that builds on */
	bad(make("h", 3, "a", "qcow2", 0), "'/etc/passwd'");
	/* a format that is guessed may be one that names files */
	bad(make("i", 3, "raw", NULL, 0), "raw or qcow2");
	bad(make("j", 3, "raw", "vmdk", 0), "raw or qcow2");
	bad(make("k", 3, "k", "qcow2", 0), "cannot be read");
}

static void test_data_file(void **state)
{
	unsigned char ext[8];
	FILE *f;

	bad(make("a", 3, NULL, NULL, 4), "in another file");
	make("b", 3, NULL, "raw", 0);
	f = fopen(path("b"), "r+");
	put32(ext, EXT_DATA_FILE);
	put32(ext + 4, 8);
	fseek(f, 104 + 16, SEEK_SET);
	assert_int_equal(fwrite(ext, sizeof(ext), 1, f), 1);
	fclose(f);
	bad(path("b"), "in another file");
	bad(make("c", 3, "a", "qcow2", 0), "in another file");
}

/* Any header at all: it is read, not believed. */
static void test_rubbish(void **state)
{
	unsigned char b[256];

	srand(7);
	for (int i = 0; i < 2000; i++) {
		FILE *f = fopen(path("x"), "w");

		for (size_t n = 0; n < sizeof(b); n++)
			b[n] = (unsigned char)(rand() >> 8);
		memcpy(b, "QFI\xfb\0\0\0\3", 8);
		if (i % 2) {	/* with an extension that may go anywhere */
			put32(b + 76, 0);
			put32(b + 100, 104);
			put32(b + 104, EXT_FORMAT);
		}
		assert_int_equal(fwrite(b, (size_t)rand() % sizeof(b) + 1, 1, f), 1);
		fclose(f);
		qcow2_check(path("x"), why, sizeof(why));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_allowed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_elsewhere, setup, teardown),
		cmocka_unit_test_setup_teardown(test_data_file, setup, teardown),
		cmocka_unit_test_setup_teardown(test_rubbish, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
