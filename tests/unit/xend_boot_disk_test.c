/* SPDX-License-Identifier: GPL-2.0-only */
/* xend_boot_disk_test.c: whole disks through the boot reader's sandbox, good, hostile and damaged. */
#include "tests/unit/shell.h"
#include "xend/boot/boot.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define SEEDS "tests/fuzz/seeds/boot/"
#define UUID  "11111111-2222-3333-4444-555555555555"

static char folder[] = "/tmp/xend-boot-test-XXXXXX";

#define sh(...) sh_in(folder, __VA_ARGS__)

static int make_tree(void **state)
{
	char here[400];

	assert_non_null(getcwd(here, sizeof(here)));
	assert_non_null(mkdtemp(folder));
	sh("mkdir -p t/boot/grub; cp %s/" SEEDS "debian.cfg t/boot/grub/grub.cfg; echo kernel > t/boot/vmlinuz; "
	   "echo ramdisk > t/boot/initrd.img; ln -s boot/vmlinuz boot/initrd.img t; ln -s round t/boot/round",
		here);
	return 0;
}

static int drop_tree(void **state)
{
	sh("rm -rf %s", folder);
	return 0;
}

static struct boot_image image;
static char why[600];

static int boot_disk(const char *name, enum disk_backing backing, const char *entry)
{
	char path[128];
	struct boot_job job = { .path = path, .backing = backing, .number = 7,
		.want = { .entry = entry, .ramdisk_max = 1 << 20 } };

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	why[0] = '\0';
	return boot_read_image(&job, &image, why, sizeof(why));
}

static void expect_text(int fd, const char *text)
{
	char buf[64] = "";

	assert_int_equal(read(fd, buf, sizeof(buf) - 1), strlen(text));
	assert_string_equal(buf, text);
	assert_true(write(fd, "x", 1) < 0);
}

static void expect_good(void)
{
	assert_string_equal(why, "");
	assert_string_equal(image.title, "Debian GNU/Linux");
	assert_string_equal(image.args, "root=UUID=" UUID " ro quiet");
	expect_text(image.kernel_fd, "kernel\n");
	expect_text(image.ramdisk_fd, "ramdisk\n");
	boot_image_close(&image);
}

#define MKFS "mke2fs -q -F -b 1024 -U " UUID

static void test_image(void **state)
{
	sh(MKFS " -t ext4 -d t ext4.img 4M; " MKFS " -t ext2 -d t ext2.img 4M; " MKFS " -t ext3 -d t ext3.img 4M");
	sh("truncate -s 6M mbr.img; echo start=2048,type=83 | sfdisk -q mbr.img; "
	   "dd if=ext4.img of=mbr.img bs=1M seek=1 conv=notrunc status=none");
	sh("truncate -s 8M gpt.img; printf 'label:gpt\\nsize=1M\\nstart=4096,size=4M\\n' | sfdisk -q gpt.img; "
	   "dd if=ext4.img of=gpt.img bs=1M seek=2 conv=notrunc status=none");
	for (size_t i = 0; i < 5; i++) {
		static const char *const names[] = { "ext4.img", "ext2.img", "ext3.img", "mbr.img", "gpt.img" };

		assert_int_equal(boot_disk(names[i], DISK_FILE, NULL), 0);
		expect_good();
	}
	sh("qemu-img convert -O qcow2 gpt.img gpt.qcow2; qemu-img create -q -f qcow2 -F qcow2 -b gpt.qcow2 over.qcow2");
	assert_int_equal(boot_disk("gpt.qcow2", DISK_QCOW2, NULL), 0);
	expect_good();
	assert_int_equal(boot_disk("over.qcow2", DISK_QCOW2, NULL), 0);
	expect_good();
	assert_int_equal(boot_disk("gpt.img", DISK_FILE, "gnulinux-6.1-recovery-1111"), 0);
	assert_string_equal(image.args, "root=/dev/xvda1 ro single verbose");
	expect_text(image.ramdisk_fd, "ramdisk\nramdisk\n");
	boot_image_close(&image);
}

/* A separate file system for /boot, named by its label; and entries of the specification. */
static void test_bls(void **state)
{
	char here[400];

	assert_non_null(getcwd(here, sizeof(here)));
	sh("mkdir -p b/loader/entries b/grub2; cp %s/" SEEDS "fedora.cfg b/grub2/grub.cfg; "
	   "cp %s/" SEEDS "entry.conf b/loader/entries/debian-6.1.conf; "
	   "sed s/6.1/6.10/ b/loader/entries/debian-6.1.conf > b/loader/entries/debian-6.10.conf; "
	   "echo kernel > b/vmlinuz; echo ramdisk > b/initrd.img; mkdir b/boot; echo more > b/boot/initrd.img",
		here, here);
	sh(MKFS " -t ext4 -d b bls.img 4M");
	assert_int_equal(boot_disk("bls.img", DISK_FILE, NULL), 0);
	assert_string_equal(image.args, "root=UUID=" UUID " ro quiet root=/dev/xvda2 ro ");
	expect_text(image.ramdisk_fd, "ramdisk\nmore\n");
	boot_image_close(&image);
	assert_int_equal(boot_disk("bls.img", DISK_FILE, "debian-6.1"), 0);
	boot_image_close(&image);
	sh("rm -r b/grub2/grub.cfg; echo saved_entry=debian-6.1 > b/grub2/grubenv; " MKFS " -d b bls.img 4M");
	assert_int_equal(boot_disk("bls.img", DISK_FILE, NULL), 0);
	boot_image_close(&image);
}

static void expect_why(int rc, int want, const char *text)
{
	if (rc != want || !strstr(why, text))
		fail_msg("%d, '%s'; want %d, '%s'", rc, why, want, text);
}

/* In the sandbox: a stand-in, and one that does what it may not. */
static int unpack_twice(const void *kernel, size_t kernel_size, size_t limit, void **ret_elf, size_t *ret_size,
	char *text, size_t size)
{
	char *elf = malloc(2 * kernel_size);

	if (((const char *)kernel)[0] != 'k') {
		snprintf(text, size, "not a kernel");
		errno = ENOEXEC;
		free(elf);
		return -1;
	}
	memcpy(elf, kernel, kernel_size);
	memcpy(elf + kernel_size, kernel, kernel_size);
	*ret_elf = elf;
	*ret_size = 2 * kernel_size;
	return 0;
}

static int unpack_and_open(const void *kernel, size_t kernel_size, size_t limit, void **ret_elf, size_t *ret_size,
	char *text, size_t size)
{
	snprintf(text, size, "%s", open("/etc/passwd", O_RDONLY | O_CLOEXEC) < 0 ? "no" : "yes");
	return -1;
}

static int unpack_forever(const void *kernel, size_t kernel_size, size_t limit, void **ret_elf, size_t *ret_size,
	char *text, size_t size)
{
	char *much = calloc(1, 4 << 20);

	while (much && write(6, much, 4 << 20) > 0)	/* into the ramdisk */
		;
	return -1;
}

static void test_unpack(void **state)
{
	char path[128];
	struct boot_job job = { .path = path, .backing = DISK_FILE, .number = 7, .want.ramdisk_max = 1 << 20,
		.unpack = unpack_twice };

	snprintf(path, sizeof(path), "%s/gpt.img", folder);
	assert_int_equal(boot_read_image(&job, &image, why, sizeof(why)), 0);
	expect_text(image.kernel_fd, "kernel\nkernel\n");
	boot_image_close(&image);
	job.want = (struct boot_want){ .kernel = "/boot/initrd.img", .ramdisk_max = 1 << 20 };
	assert_int_equal(boot_read_image(&job, &image, why, sizeof(why)), -ENOEXEC);
	assert_non_null(strstr(why, "kernel: not a kernel"));
	job.unpack = unpack_and_open;
	assert_int_equal(boot_read_image(&job, &image, why, sizeof(why)), -EUCLEAN);
	assert_non_null(strstr(why, "its reader was stopped by signal 31"));
	job.unpack = unpack_forever;
	assert_int_equal(boot_read_image(&job, &image, why, sizeof(why)), -EUCLEAN);
	assert_non_null(strstr(why, "a file in it is too large"));
}

/* What cannot be booted, and the sentence for it. */
static void test_refused(void **state)
{
	expect_why(boot_disk("none.img", DISK_FILE, NULL), -ENOENT, "none.img: cannot open it: No such file");
	expect_why(boot_disk("t", DISK_FILE, NULL), -EINVAL, "neither a file nor a block device");
	expect_why(boot_disk("none.img", DISK_QCOW2, NULL), -ENOENT, "none.img: cannot open it");
	expect_why(boot_disk("gpt.img", DISK_QCOW2, NULL), -EIO, "not in qcow2 format");
	sh("truncate -s 1M zero.img; : > empty.img");
	expect_why(boot_disk("zero.img", DISK_FILE, NULL), -ENOENT, "it has neither partitions nor");
	expect_why(boot_disk("empty.img", DISK_FILE, NULL), -ENXIO, "first sector");
	expect_why(boot_disk("gpt.img", DISK_FILE, "17"), -ENOENT, "partition 2, /boot/grub/grub.cfg: no entry '17'");
	expect_why(boot_disk("gpt.img", DISK_FILE, "2"), -ENOEXEC, "starts no Linux kernel but another program");
	expect_why(boot_disk("mbr.img", DISK_FILE, "round"), -ENOENT, "partition 1, kernel /boot/round: no such file");
	sh("mkdir bare; " MKFS " -d bare bare.img 1M");
	expect_why(boot_disk("bare.img", DISK_FILE, NULL), -ENOENT, "no menu in /boot/grub/grub.cfg");
}

/* A guest that means harm. */
static void test_hostile(void **state)
{
	sh("truncate -s 900G t/boot/vmlinuz; " MKFS " -t ext4 -b 4096 -d t big.img 8M");
	expect_why(boot_disk("big.img", DISK_FILE, NULL), -EFBIG, "/boot/vmlinuz: 966367641600 bytes, and at most");
	sh("echo kernel > t/boot/vmlinuz; truncate -s 3M t/boot/initrd.img; " MKFS " -t ext4 -d t big.img 4M");
	expect_why(boot_disk("big.img", DISK_FILE, NULL), -EFBIG, "ramdisk /boot/initrd.img: 3145728 bytes");
	sh("echo ramdisk > t/boot/initrd.img; printf 'menuentry x {\\nlinux /boot/vmlinuz a\\001b\\n}\\n' > "
	   "t/boot/grub/grub.cfg; " MKFS " -t ext4 -d t ctl.img 4M");
	expect_why(boot_disk("ctl.img", DISK_FILE, NULL), -EINVAL, "control characters");
	sh("printf 'menuentry x {\\nlinux /boot/\\033[31mred\\n}\\n' > t/boot/grub/grub.cfg; "
	   MKFS " -t ext4 -d t ctl.img 4M");
	expect_why(boot_disk("ctl.img", DISK_FILE, NULL), -ENOENT, "/boot/?[31mred: no such file");
	sh("rm t/boot/grub/grub.cfg; mkfifo t/boot/grub/grub.cfg; " MKFS " -t ext4 -d t fifo.img 4M");
	expect_why(boot_disk("fifo.img", DISK_FILE, NULL), -ENOENT, "no menu");
	sh("rm t/boot/grub/grub.cfg; truncate -s 2M t/boot/grub/grub.cfg; " MKFS " -t ext4 -d t long.img 4M");
	expect_why(boot_disk("long.img", DISK_FILE, NULL), -EFBIG, "/boot/grub/grub.cfg: 2097152 bytes");
	sh("yes 'source $prefix/grub.cfg' | head -c 100000 > t/boot/grub/grub.cfg; " MKFS " -t ext4 -d t self.img 4M");
	expect_why(boot_disk("self.img", DISK_FILE, NULL), -E2BIG, "too long or nested too deep");
}

/* Any damage to the superblock, the descriptors, the inodes: an answer, never more. */
static void test_damage(void **state)
{
	unsigned char bytes[16384];
	char path[128];
	int fd, good = 0;

	srand(7);
	sh("cp ext2.img hurt.img");
	snprintf(path, sizeof(path), "%s/hurt.img", folder);
	fd = open(path, O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(pread(fd, bytes, sizeof(bytes), 1024), sizeof(bytes));
	for (int i = 0; i < 60; i++) {
		for (int n = 0; n < 40; n++) {
			off_t at = rand() % (i % 2 ? 4096 : (int)sizeof(bytes));
			unsigned char c = (unsigned char)rand();

			assert_int_equal(pwrite(fd, &c, 1, 1024 + at), 1);
		}
		if (!boot_disk("hurt.img", DISK_FILE, NULL)) {
			boot_image_close(&image);
			good++;
		} else {
			assert_non_null(strstr(why, "hurt.img: "));
			assert_null(strstr(why, "signal"));
		}
		assert_int_equal(pwrite(fd, bytes, sizeof(bytes), 1024), sizeof(bytes));
	}
	close(fd);
	assert_int_equal(boot_disk("hurt.img", DISK_FILE, NULL), 0);
	boot_image_close(&image);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_image), cmocka_unit_test(test_bls), cmocka_unit_test(test_unpack),
		cmocka_unit_test(test_refused), cmocka_unit_test(test_hostile), cmocka_unit_test(test_damage),
	};

	return cmocka_run_group_tests(tests, make_tree, drop_tree);
}
