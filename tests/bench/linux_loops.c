/* SPDX-License-Identifier: GPL-2.0-only */
/* linux_loops.c: timed loops for a Linux system: bare, dom0 or guest. Static, for any initramfs.
 *
 *   linux_loops loops [NAME]                       what the kernel and its memory management do
 *   linux_loops tools XM|XL CFG ROUNDS             create -p, list, destroy of a guest called "idle"
 *
 * Each measure prints lines "bench NAME OPERATIONS TICKS...", a tick being a nanosecond, as the tiny
 * guests do (tests/bench/guests/bench.h). */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define BATCHES 9

static const char *self;

static void die(const char *what)
{
	fprintf(stderr, "linux_loops: %s: %s\n", what, strerror(errno));
	exit(1);
}

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

static void wait_good(pid_t pid)
{
	int status;

	if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
		die("child");
}

/* --- processes ------------------------------------------------------------------------------------- */

static void do_fork(unsigned int n)
{
	while (n--) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(0);
		wait_good(pid);
	}
}

static void do_exec(unsigned int n)
{
	while (n--) {
		pid_t pid = vfork();

		if (pid == 0) {
			execl(self, self, "nothing", (char *)NULL);
			_exit(1);
		}
		wait_good(pid);
	}
}

/* Shells are dynamic and bigger: what scripts cost. */
static void do_shell(unsigned int n)
{
	while (n--) {
		pid_t pid = vfork();

		if (pid == 0) {
			execl("/bin/sh", "sh", "-c", "exit 0", (char *)NULL);
			_exit(1);
		}
		wait_good(pid);
	}
}

/* --- messages ---------------------------------------------------------------------------------------- */

static void echo_bytes(int from, int to)
{
	char c;

	while (read(from, &c, 1) == 1)
		if (write(to, &c, 1) != 1)
			break;
	_exit(0);
}

static void do_pipe(unsigned int n)
{
	int there[2], back[2];
	pid_t pid;
	char c = 0;

	if (pipe(there) || pipe(back))
		die("pipe");
	pid = fork();
	if (pid == 0) {
		close(there[1]);
		close(back[0]);
		echo_bytes(there[0], back[1]);
	}
	close(there[0]);
	close(back[1]);
	while (n--)
		if (write(there[1], &c, 1) != 1 || read(back[0], &c, 1) != 1)
			die("pipe");
	close(there[1]);
	close(back[0]);
	wait_good(pid);
}

/* As hackbench: senders and receivers in groups over sockets, n messages from each sender to each
 * receiver. */
#define PEERS 5

static void sender(int fds[][2], unsigned int n)
{
	char message[100] = "";

	while (n--)
		for (int i = 0; i < PEERS; i++)
			if (write(fds[i][1], message, sizeof(message)) != sizeof(message))
				_exit(1);
	_exit(0);
}

static void receiver(int fd, unsigned int n)
{
	size_t left = (size_t)n * PEERS * 100;
	char message[100];

	while (left) {
		ssize_t got = read(fd, message, sizeof(message));

		if (got <= 0)
			_exit(1);
		left -= got;
	}
	_exit(0);
}

static void do_hackbench(unsigned int n)
{
	int fds[PEERS][2], i;
	pid_t pids[2 * PEERS];

	for (i = 0; i < PEERS; i++)
		if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds[i]))
			die("socketpair");
	for (i = 0; i < 2 * PEERS; i++) {
		pids[i] = fork();
		if (pids[i] == 0 && i < PEERS)
			receiver(fds[i][0], n);
		if (pids[i] == 0)
			sender(fds, n);
	}
	for (i = 0; i < 2 * PEERS; i++)
		wait_good(pids[i]);
	for (i = 0; i < PEERS; i++) {
		close(fds[i][0]);
		close(fds[i][1]);
	}
}

/* --- memory, CPU, system calls --------------------------------------------------------------------------- */

/* Maps, touches and unmaps n pages. */
static void do_fault(unsigned int n)
{
	size_t size = (size_t)n * 4096;
	char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		die("mmap");
	for (size_t i = 0; i < size; i += 4096)
		((volatile char *)p)[i] = 1;
	munmap(p, size);
}

static void do_protect(unsigned int n)
{
	static char *p;

	if (!p) {
		p = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		memset(p, 1, 65536);
	}
	while (n--) {
		mprotect(p, 65536, PROT_READ);
		mprotect(p, 65536, PROT_READ | PROT_WRITE);
	}
}

static void do_syscall(unsigned int n)
{
	while (n--)
		syscall(SYS_getppid);
}

static void do_cpu(unsigned int n)
{
	volatile uint64_t sink;
	uint64_t x = 1;

	for (uint64_t i = 0; i < n * 1000ULL; i++)
		x = x * 6364136223846793005ULL + i;
	sink = x;
	(void)sink;
}

static void do_yield(unsigned int n)
{
	while (n--)
		sched_yield();
}

static void do_sleep(unsigned int n)
{
	struct timespec t = { 0, 1000000 };

	while (n--)
		nanosleep(&t, NULL);
}

static const struct {
	const char *name;
	void (*run)(unsigned int n);
	unsigned int n;
} loops[] = {
	{ "fork", do_fork, 20 },
	{ "exec", do_exec, 10 },
	{ "shell", do_shell, 5 },
	{ "pipe", do_pipe, 300 },
	{ "hackbench", do_hackbench, 40 },
	{ "touch-page", do_fault, 1000 },
	{ "mprotect", do_protect, 200 },
	{ "linux-syscall", do_syscall, 4000 },
	{ "linux-yield", do_yield, 500 },
	{ "sleep-1ms", do_sleep, 10 },
	{ "cpu-1000", do_cpu, 4000 },
};

static void report(const char *name, unsigned int n, const uint64_t *ns, unsigned int count)
{
	printf("bench %s %u", name, n);
	for (unsigned int i = 0; i < count; i++)
		printf(" %llu", (unsigned long long)ns[i]);
	printf("\n");
	fflush(stdout);
}

static int run_loops(const char *only)
{
	uint64_t ns[BATCHES];

	for (unsigned int i = 0; i < sizeof(loops) / sizeof(loops[0]); i++) {
		if (only && strcmp(only, loops[i].name))
			continue;
		loops[i].run(loops[i].n / 4 + 1);
		for (unsigned int b = 0; b < BATCHES; b++) {
			uint64_t start = now();

			loops[i].run(loops[i].n);
			ns[b] = now() - start;
		}
		report(loops[i].name, loops[i].n, ns, BATCHES);
	}
	return 0;
}

/* --- toolstacks -------------------------------------------------------------------------------------- */

/* Nanoseconds from fork to the end; what it prints goes nowhere, its failure ends the run. */
static uint64_t timed(const char *const argv[])
{
	uint64_t start = now();
	pid_t pid = fork();

	if (pid == 0) {
		int null = open("/dev/null", O_RDWR);

		dup2(null, 0);
		dup2(null, 1);
		execv(argv[0], (char *const *)argv);
		_exit(127);
	}
	wait_good(pid);
	return now() - start;
}

static int run_tools(const char *tool, const char *cfg, unsigned int rounds)
{
	const char *create[] = { tool, "create", "-p", cfg, NULL }, *list[] = { tool, "list", NULL };
	const char *destroy[] = { tool, "destroy", "idle", NULL };
	uint64_t *ns = calloc(3 * rounds, sizeof(*ns));

	if (!ns || !rounds)
		die("rounds");
	timed(list);
	timed(create);
	timed(destroy);
	for (unsigned int i = 0; i < rounds; i++) {
		ns[i] = timed(create);
		ns[rounds + i] = timed(list);
		ns[2 * rounds + i] = timed(destroy);
	}
	report("create-paused", 1, ns, rounds);
	report("list", 1, ns + rounds, rounds);
	report("destroy", 1, ns + 2 * rounds, rounds);
	free(ns);
	return 0;
}

int main(int argc, char **argv)
{
	self = argv[0];
	if (argc >= 2 && !strcmp(argv[1], "loops"))
		return run_loops(argv[2]);
	if (argc == 5 && !strcmp(argv[1], "tools"))
		return run_tools(argv[2], argv[3], atoi(argv[4]));
	return argc == 2 && !strcmp(argv[1], "nothing") ? 0 : 2;
}
