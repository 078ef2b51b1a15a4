/* SPDX-License-Identifier: GPL-2.0-only */
/* xend_image_test.c: disk images through xend's methods, made by the packaged programs: mke2fs, qemu-img, mcopy. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/shell.h"
#include "tests/unit/xend_expect.h"
#include "xend/boot/boot.h"
#include "xend/image.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct env *e;
static struct client *c;

#define sh(...) sh_in(e->dir, __VA_ARGS__)

static int begin(void **state)
{
	setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
	e = env_new();
	c = client_new(e);
	sh("mkdir -p t/boot/grub; echo 'linux /boot/vmlinuz here' > t/boot/grub/grub.cfg; "
	   "echo kernel > t/boot/vmlinuz");
	return 0;
}

static int end(void **state)
{
	client_free(c);
	sh("[ -z \"$(ls -A images 2>/dev/null | grep '^[.]')\" ]");
	sh("rm -rf images t image-debian");
	env_free(e);
	return 0;
}

static void not_ok(struct json_object *answer, const char *words)
{
	assert_int_not_equal(answer_code(answer), 0);
	if (!strstr(answer_text(answer), words))
		fail_msg("%s", answer_text(answer));
	json_object_put(answer);
}

static struct json_object *create(const char *name, const char *more)
{
	return client_call(c, "image.create", "{\"name\":\"%s\",\"image\":{\"source\":\"%s/t\",\"size_mib\":8%s}}",
		name, e->dir, more);
}

static struct json_object *clone(const char *name, const char *from, const char *more)
{
	return client_call(c, "image.clone", "{\"name\":\"%s\",\"from\":\"%s\",\"image\":{%s}}", name, from, more);
}

static struct json_object *drop(const char *name)
{
	return client_call(c, "image.delete", "{\"name\":\"%s\"}", name);
}

static void boots(const char *file, enum disk_backing backing)
{
	char path[200], why[600];
	struct boot_job job = { .path = path, .backing = backing, .number = 3, .want.ramdisk_max = 1 << 20 };
	struct boot_image image;

	snprintf(path, sizeof(path), "%s/%s", e->images, file);
	if (boot_read_image(&job, &image, why, sizeof(why)))
		fail_msg("%s", why);
	assert_string_equal(image.args, "here");
	boot_image_close(&image);
}

static void test_life(void **state)
{
	ok(create("base", ""));
	boots("base.qcow2", DISK_QCOW2);
	ok(create("plain", ",\"format\":\"raw\""));
	boots("plain.raw", DISK_FILE);
	not_ok(create("base", ""), "image base exists");
	ok(clone("web", "base", "\"size_mib\":16"));
	boots("web.qcow2", DISK_QCOW2);
	ok(clone("copy", "plain", "\"format\":\"raw\",\"size_mib\":16"));
	boots("copy.raw", DISK_FILE);
	not_ok(clone("x", "base", "\"format\":\"raw\""), "a raw clone of a qcow2 image is not possible");
	not_ok(clone("x", "base", "\"source\":\"debian\""), "nothing that a clone may differ in");
	not_ok(drop("base"), "image web builds on it");
	ok(drop("web"));
	ok(drop("base"));
	ok(drop("plain"));
	boots("copy.raw", DISK_FILE);
}

static void test_seed(void **state)
{
	ok(create("base", ",\"hostname\":\"h\","
		"\"ssh_key\":\"ssh-rsa A \\\"b\\\"\\nssh-rsa B\\n\",\"user_data\":\"#!/bin/x\""));
	sh("mcopy -n -i images/base.seed ::meta-data ::user-data .; grep -q '^#!/bin/x$' user-data; "
	   "grep -qxF 'local-hostname: h' meta-data; grep -qxF '  - \"ssh-rsa A \\\"b\\\"\"' meta-data; "
	   "grep -qxF '  - \"ssh-rsa B\"' meta-data; rm meta-data user-data");
}

/* A recipe that only does what the test wants to see. */
static void test_recipe(void **state)
{
	if (geteuid() != 0)
		skip();
	not_ok(client_call(c, "image.create", "{\"name\":\"d\",\"image\":{\"source\":\"debian\"}}"),
		"image-debian: No such");
	sh("printf '#!/bin/sh\\ncp -r %s/t/. $1; echo $IMAGE_SUITE $IMAGE_PACKAGES > $1/said' > image-debian; "
	   "chmod +x image-debian", e->dir);
	ok(client_call(c, "image.create", "{\"name\":\"d\",\"image\":{\"source\":\"debian\",\"size_mib\":8,"
		"\"format\":\"raw\",\"suite\":\"trixie\",\"packages\":\"a,b\"}}"));
	boots("d.raw", DISK_FILE);
	sh("[ \"$(debugfs -R 'cat said' images/d.raw 2>/dev/null)\" = 'trixie a,b' ]");
	sh("printf '#!/bin/sh\\necho no mirror >&2; exit 1' > image-debian");
	not_ok(client_call(c, "image.create", "{\"name\":\"x\",\"image\":{\"source\":\"debian\"}}"), "no mirror");
}

/* The recipe that is installed, as far as a clone whose kernel is found; IMAGE_DEBIAN names a mirror. */
static void test_debian(void **state)
{
	const char *mirror = getenv("IMAGE_DEBIAN");
	struct boot_image image;
	char path[200], why[600];
	struct boot_job job = { .path = path, .backing = DISK_QCOW2, .number = 3, .want.ramdisk_max = 64 << 20 };

	alarm(3600);
	sh("cp %s/etc/scripts/image-debian .", getenv("PWD"));
	ok(client_call(c, "image.create", "{\"name\":\"deb\",\"image\":{\"source\":\"debian\",\"size_mib\":3072,"
		"\"mirror\":\"%s\"}}", mirror));
	ok(clone("web", "deb", "\"hostname\":\"web1\",\"ssh_key\":\"ssh-rsa A\""));
	snprintf(path, sizeof(path), "%s/web.qcow2", e->images);
	if (boot_read_image(&job, &image, why, sizeof(why)))
		fail_msg("%s", why);
	assert_memory_equal(image.args, "root=UUID=", 10);
	assert_true(lseek(image.kernel_fd, 0, SEEK_END) > 4 << 20);
	assert_true(lseek(image.ramdisk_fd, 0, SEEK_END) > 1 << 20);
	boot_image_close(&image);
	sh("qemu-img convert -O raw images/web.qcow2 raw; e2fsck -fn raw > /dev/null 2>&1 || exit 1; for f in "
	   "/lib/systemd/systemd /usr/sbin/sshd /etc/systemd/system/serial-getty@hvc0.service "
	   "/usr/local/sbin/image-firstboot; do debugfs -R \"stat $f\" raw 2>&1 | grep -q 'Type: regular' || exit 1; "
	   "done; rm raw");
}

static void test_refused(void **state)
{
	not_ok(create("../x", ""), "not a name");
	not_ok(create(".x", ""), "not a name");
	not_ok(create("x", ",\"format\":\"vmdk\""), "raw and qcow2");
	not_ok(create("x", ",\"more\":1"), "unknown key 'more'");
	not_ok(create("x", ",\"hostname\":\"a\\nb\""), "hostname is no host's name");
	not_ok(create("x", ",\"mirror\":\"http://a; b\""), "has a character that it cannot have");
	not_ok(create("x", ",\"size_mib\":0"), "size_mib is 0");
	not_ok(client_call(c, "image.create", "{\"name\":\"x\",\"image\":{\"source\":\"t\"}}"), "source is 't'");
	not_ok(client_call(c, "image.create", "{\"name\":\"x\",\"image\":{\"source\":\"/none\"}}"),
		"/none: No such file");
	not_ok(clone("x", "none", ""), "image 'none' does not exist");
	not_ok(drop("../../etc/passwd"), "does not exist");
}

/* What others build on is only read; what a domain writes is not touched. */
static void test_guards(void **state)
{
	char disk[256], name[IMAGE_NAME_MAX + 1];

	ok(create("base", ",\"format\":\"raw\""));
	ok(clone("web", "base", ""));
	snprintf(disk, sizeof(disk), ",\"disk\":[\"file:%s/base.raw,xvda,w\"]", e->images);
	not_ok(client_create(c, "a", disk), "image web builds on base, which may only be read");
	disk[strlen(disk) - 3] = 'r';
	ok(client_create(c, "a", disk));
	snprintf(disk, sizeof(disk), ",\"disk\":[\"qcow2:%s/web.qcow2,xvda,w\"]", e->images);
	ok(client_create(c, "b", disk));
	not_ok(drop("web"), "is a disk of domain b");
	not_ok(clone("x", "web", ""), "is a disk of domain b");
	snprintf(disk, sizeof(disk), "%s/sub/x.raw", e->images);
	assert_false(image_of_path(e->images, disk, name));
	snprintf(disk, sizeof(disk), "%s/x.json", e->images);
	assert_false(image_of_path(e->images, disk, name));
	ok(client_call(c, "domain.destroy", "{\"domain\":\"a\"}"));
	ok(client_call(c, "domain.destroy", "{\"domain\":\"b\"}"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_life, begin, end),
		cmocka_unit_test_setup_teardown(test_seed, begin, end),
		cmocka_unit_test_setup_teardown(test_recipe, begin, end),
		cmocka_unit_test_setup_teardown(test_refused, begin, end),
		cmocka_unit_test_setup_teardown(test_guards, begin, end),
	};
	const struct CMUnitTest debian[] = { cmocka_unit_test_setup_teardown(test_debian, begin, end) };

	if (getenv("IMAGE_DEBIAN"))
		return cmocka_run_group_tests(debian, NULL, NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
