/* SPDX-License-Identifier: GPL-2.0-only */
/* boot.c: the boot reader's process, from outside. */
#include "xend/boot/boot.h"
#include "xend/boot/sandbox.h"
#include "xend/boot/source.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ID_BASE	    0x7a000000U		/* users and groups that no account has; one a domain */
#define MEMORY_MAX  (1ULL << 30)	/* a kernel, packed and unpacked */
#define UNPACKED_MAX (256UL << 20)
#define CPU_MAX_S   60
#define TIME_MAX_MS 300000	/* a host may be busy */

/* What the reader writes into its pipe, once. It is not to be believed. */
struct answer {
	int32_t err;
	char title[128], args[BOOT_TEXT_MAX], why[480];
	uint64_t kernel_size, ramdisk_size;
};

enum { FD_OUT = 3, FD_DISK, FD_KERNEL, FD_RAMDISK, FD_PACKED, FD_FREE };

/* ---- inside -------------------------------------------------------------------------------------- */

/* From FD_PACKED to FD_KERNEL. The windows of the disk are of no use any more, but are small. */
static int unpack(const struct boot_job *job, uint64_t packed_size, struct answer *a)
{
	char *packed = malloc((size_t)packed_size), cause[200];
	size_t size = 0, done = 0;
	void *elf = NULL;
	ssize_t n = packed ? pread(FD_PACKED, packed, (size_t)packed_size, 0) : -1;
	int rc = packed && n == (ssize_t)packed_size ? 0 : -ENOMEM;

	if (rc)
		snprintf(a->why, sizeof(a->why), "no memory for its kernel");
	else if (job->unpack(packed, (size_t)packed_size, UNPACKED_MAX, &elf, &size, cause, sizeof(cause))) {
		rc = -errno;
		snprintf(a->why, sizeof(a->why), "entry '%.120s', kernel: %s", a->title, cause);
	}
	for (; !rc && done < size; done += n > 0 ? (size_t)n : 0) {
		n = write(FD_KERNEL, (char *)elf + done, size - done);
		if (n < 0 && errno != EINTR)
			rc = -errno;
	}
	a->kernel_size = size;
	free(packed);
	free(elf);
	return rc;
}

static void read_disk(const struct boot_job *job, const struct boot_source *source, struct answer *a)
{
	const struct sandbox box = {
		.id = ID_BASE + job->number, .memory = MEMORY_MAX, .cpu_s = CPU_MAX_S,
		.file_size = job->want.ramdisk_max > UNPACKED_MAX ? job->want.ramdisk_max : UNPACKED_MAX,
	};
	struct boot_got got = { .title = "" };
	struct boot_disk disk;
	int rc = sandbox_enter(&box);

	if (rc) {
		snprintf(a->why, sizeof(a->why), "no sandbox for its reader: %s", strerror(-rc));
		a->err = rc;
		return;
	}
	boot_disk_file(&disk, FD_DISK, source->size);
	if (source->nbd && (rc = boot_disk_nbd(&disk, FD_DISK))) {
		snprintf(a->why, sizeof(a->why), "qemu-nbd: %s", strerror(-rc));
		rc = -EIO;
	} else {
		rc = boot_pick(&disk, &job->want, job->unpack ? FD_PACKED : FD_KERNEL, FD_RAMDISK, &got, a->why,
			sizeof(a->why));
	}
	memcpy(a->title, got.title, sizeof(a->title));
	memcpy(a->args, got.args, sizeof(a->args));
	a->kernel_size = got.kernel_size;
	a->ramdisk_size = got.ramdisk_size;
	if (!rc && job->unpack)
		rc = unpack(job, got.kernel_size, a);
	a->err = rc;
}

static void reader(const struct boot_job *job, const struct boot_source *source, int out,
	const struct boot_image *image) __attribute__((noreturn));

static void reader(const struct boot_job *job, const struct boot_source *source, int out,
	const struct boot_image *image)
{
	const int from[] = { out, source->fd, image->kernel_fd, image->ramdisk_fd,
		memfd_create("packed", MFD_CLOEXEC) };
	static struct answer answer;
	int high[5];

	prctl(PR_SET_NAME, "xend-boot");
	/* First away from the numbers that they shall have. */
	for (int i = 0; i < 5; i++)
		high[i] = fcntl(from[i], F_DUPFD, 16);
	for (int i = 0; i < 5; i++)
		if (high[i] < 0 || dup2(high[i], FD_OUT + i) < 0)
			_exit(1);
	close_range(FD_FREE, ~0u, 0);
	close_range(0, 2, 0);
	read_disk(job, source, &answer);
	_exit(write(FD_OUT, &answer, sizeof(answer)) == sizeof(answer) ? 0 : 1);
}

/* ---- outside ------------------------------------------------------------------------------------- */

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* 0, -ETIMEDOUT, or -EPIPE: it died before it had said all. */
static int receive(int fd, struct answer *a)
{
	int64_t end = now_ms() + TIME_MAX_MS, left;
	struct pollfd p = { fd, POLLIN, 0 };
	size_t got = 0;
	ssize_t n;

	while (got < sizeof(*a)) {
		left = end - now_ms();
		if (left <= 0)
			return -ETIMEDOUT;
		if (poll(&p, 1, (int)left) <= 0)
			continue;
		n = read(fd, (char *)a + got, sizeof(*a) - got);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -EPIPE;
		got += (size_t)n;
	}
	return 0;
}

/* Text of the guest's reaches terminals and logs. */
static void make_plain(char *text, size_t size)
{
	text[size - 1] = '\0';
	for (char *p = text; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = '?';
}

static bool is_plain(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return false;
	return true;
}

static int died(int rc, int status, char *why, size_t size)
{
	if (rc == -ETIMEDOUT)
		snprintf(why, size, "reading it took longer than %d s", TIME_MAX_MS / 1000);
	else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU)
		snprintf(why, size, "reading it takes too long");
	else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXFSZ)
		snprintf(why, size, "a file in it is too large");
	else if (WIFSIGNALED(status))
		snprintf(why, size, "its reader was stopped by signal %d (%s)", WTERMSIG(status),
			strsignal(WTERMSIG(status)));
	else
		snprintf(why, size, "its reader ended with status %d", WEXITSTATUS(status));
	return rc == -ETIMEDOUT ? rc : -EUCLEAN;
}

/* What the reader made: now nobody can change it. The reader itself is gone. */
static int seal(int *fd, uint64_t size)
{
	if (!size) {
		close(*fd);
		*fd = -1;
		return 0;
	}
	if (lseek(*fd, 0, SEEK_SET) < 0 ||
	    fcntl(*fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0)
		return -errno;
	return 0;
}

static int take(const struct answer *a, struct boot_image *image, char *why, size_t size)
{
	int rc;

	if (!is_plain(a->args) || memchr(a->args, '\0', sizeof(a->args)) == NULL) {
		snprintf(why, size, "its kernel's command line has control characters");
		return -EINVAL;
	}
	rc = seal(&image->kernel_fd, a->kernel_size ? a->kernel_size : 1);
	if (!rc)
		rc = seal(&image->ramdisk_fd, a->ramdisk_size);
	if (rc) {
		snprintf(why, size, "cannot keep what was read: %s", strerror(-rc));
		return rc;
	}
	memcpy(image->args, a->args, sizeof(image->args));
	memcpy(image->title, a->title, sizeof(image->title));
	return 0;
}

static int run_reader(const struct boot_job *job, const struct boot_source *source, struct boot_image *image,
	char *why, size_t size)
{
	struct answer a = { 0 };
	int fds[2], status = 0, rc;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	pid = fork();
	if (pid == 0)
		reader(job, source, fds[1], image);
	rc = pid < 0 ? -errno : 0;
	close(fds[1]);
	if (!rc) {
		rc = receive(fds[0], &a);
		if (rc == -ETIMEDOUT || !rc)
			kill(pid, SIGKILL);
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
		if (rc)
			rc = died(rc, status, why, size);
	}
	close(fds[0]);
	make_plain(a.title, sizeof(a.title));
	make_plain(a.why, sizeof(a.why));
	a.args[sizeof(a.args) - 1] = '\0';
	if (!rc && a.err) {
		snprintf(why, size, "%s", a.why);
		rc = a.err < 0 && a.err > -4096 ? a.err : -EUCLEAN;
	}
	return rc ? rc : take(&a, image, why, size);
}

int boot_read_image(const struct boot_job *job, struct boot_image *ret_image, char *why, size_t size)
{
	struct boot_image image = {
		.kernel_fd = memfd_create("kernel", MFD_CLOEXEC | MFD_ALLOW_SEALING),
		.ramdisk_fd = memfd_create("ramdisk", MFD_CLOEXEC | MFD_ALLOW_SEALING),
	};
	struct boot_source source;
	char cause[480] = "";
	int rc = image.kernel_fd < 0 || image.ramdisk_fd < 0 ? -ENOMEM : 0;

	if (!rc)
		rc = boot_source_open(job->path, job->backing, &source, cause, sizeof(cause));
	if (!rc) {
		rc = run_reader(job, &source, &image, cause, sizeof(cause));
		boot_source_close(&source, rc ? cause : NULL, sizeof(cause));
	}
	if (rc) {
		snprintf(why, size, "image %.200s: %s", job->path, cause[0] ? cause : strerror(-rc));
		boot_image_close(&image);
		return rc;
	}
	*ret_image = image;
	return 0;
}

void boot_image_close(struct boot_image *image)
{
	if (image->kernel_fd >= 0)
		close(image->kernel_fd);
	if (image->ramdisk_fd >= 0)
		close(image->ramdisk_fd);
	image->kernel_fd = image->ramdisk_fd = -1;
}
