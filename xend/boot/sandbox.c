/* SPDX-License-Identifier: GPL-2.0-only */
/* sandbox.c: for a process that reads what a guest wrote. */
#include "xend/boot/sandbox.h"

#include <errno.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#if defined(__x86_64__)
#define SANDBOX_ARCH AUDIT_ARCH_X86_64
#elif defined(__mips64) && defined(__MIPSEL__)
#define SANDBOX_ARCH AUDIT_ARCH_MIPSEL64
#elif defined(__mips64)
#define SANDBOX_ARCH AUDIT_ARCH_MIPS64
#else
#error "which AUDIT_ARCH_* is this?"
#endif

/* libext2fs and the C library's allocator need no more. */
static const uint16_t allowed[] = {
	__NR_read, __NR_pread64, __NR_write, __NR_lseek, __NR_fstat, __NR_brk, __NR_mmap, __NR_munmap,
	__NR_mremap, __NR_madvise, __NR_mprotect, __NR_futex, __NR_getrandom, __NR_clock_gettime,
	__NR_gettimeofday, __NR_getpid, __NR_gettid, __NR_rt_sigreturn, __NR_rt_sigprocmask, __NR_exit,
	__NR_exit_group,
};
#define ALLOWED (sizeof(allowed) / sizeof(allowed[0]))

static int filter_calls(void)
{
	struct sock_filter code[ALLOWED + 6];
	struct sock_fprog program = { ALLOWED + 6, code };
	unsigned int n = 0;

	code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
	code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SANDBOX_ARCH, 1, 0);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
	for (unsigned int i = 0; i < ALLOWED; i++)
		code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, allowed[i],
			(uint8_t)(ALLOWED - i), 0);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0 ? -errno : 0;
}

static int limit(int what, uint64_t value)
{
	const struct rlimit l = { value, value };

	return setrlimit(what, &l) < 0 ? -errno : 0;
}

static int limit_all(const struct sandbox *box)
{
	const struct {
		int what;
		uint64_t value;
	} limits[] = {
#ifndef UNIT_TEST	/* sanitizers reserve terabytes */
		{ RLIMIT_AS, box->memory },
#endif
		{ RLIMIT_FSIZE, box->file_size }, { RLIMIT_CPU, box->cpu_s }, { RLIMIT_CORE, 0 },
		{ RLIMIT_NPROC, 0 }, { RLIMIT_NOFILE, 0 }, { RLIMIT_MEMLOCK, 0 },
	};
	int rc = 0;

	for (size_t i = 0; !rc && i < sizeof(limits) / sizeof(limits[0]); i++)
		rc = limit(limits[i].what, limits[i].value);
	return rc;
}

/* A root that is an empty folder without a name, no network, nobody's rights. */
static int leave_system(const struct sandbox *box)
{
	char folder[] = "/tmp/xend-empty-XXXXXX";
	static const int spaces[] = { CLONE_NEWNS, CLONE_NEWNET, CLONE_NEWIPC, CLONE_NEWUTS };

	if (!mkdtemp(folder) || chdir(folder) < 0 || rmdir(folder) < 0)
		return -errno;
	/* A kernel may lack one of them: the others hold all the same. */
	for (size_t i = 0; i < sizeof(spaces) / sizeof(spaces[0]); i++)
		if (unshare(spaces[i]) < 0 && errno != EINVAL)
			return -errno;
	if (chroot(".") < 0 || setgroups(0, NULL) < 0 ||
	    setresgid(box->id, box->id, box->id) < 0 || setresuid(box->id, box->id, box->id) < 0)
		return -errno;
	return 0;
}

int sandbox_enter(const struct sandbox *box)
{
	int rc = geteuid() == 0 ? leave_system(box) : 0;

	if (!rc)
		rc = limit_all(box);
	/* With another user the process lost its wish to die with its parent. */
	if (!rc && (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
			   prctl(PR_SET_DUMPABLE, 0) < 0))
		rc = -errno;
	return rc ? rc : filter_calls();
}
