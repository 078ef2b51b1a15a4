/* SPDX-License-Identifier: GPL-2.0-only */
/* store_bench.c: requests per second of whatever store XENSTORED_PATH leads to.
 *
 *   store_bench [-c clients] [-s seconds]
 *
 * Every client is a process with one blocking connection and a folder of its own. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "xenstore.h"

struct job {
	struct xs_handle *xs;
	char path[64];
	unsigned long round;
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static int do_read(struct job *j)
{
	char *value = xs_read(j->xs, XBT_NULL, j->path, NULL);

	free(value);
	return value ? 1 : -1;
}

static int do_write(struct job *j)
{
	char value[32];

	return xs_write(j->xs, XBT_NULL, j->path, value, sprintf(value, "%lu", j->round)) ? 1 : -1;
}

static int do_list(struct job *j)
{
	unsigned int count;
	char **names = xs_directory(j->xs, XBT_NULL, "/bench", &count);

	free(names);
	return names ? 1 : -1;
}

/* As a toolstack does: read one node, write two, all in one; six requests. Counts transactions. */
static int do_transaction(struct job *j)
{
	xs_transaction_t t;
	char path[80], *value;

	do {
		t = xs_transaction_start(j->xs);
		if (t == XBT_NULL)
			return -1;
		value = xs_read(j->xs, t, j->path, NULL);
		free(value);
		sprintf(path, "%s/%lu", j->path, j->round % 16);
		if (!xs_write(j->xs, t, j->path, "x", 1) || !xs_write(j->xs, t, path, "y", 1))
			return -1;
	} while (!xs_transaction_end(j->xs, t, false) && errno == EAGAIN);
	return 1;
}

static int do_watch(struct job *j)
{
	char **event;

	if (j->round == 0 && !xs_watch(j->xs, j->path, "t"))
		return -1;
	if (!xs_write(j->xs, XBT_NULL, j->path, "x", 1))
		return -1;
	event = xs_read_watch(j->xs, NULL);
	free(event);
	return event ? 1 : -1;
}

static const struct {
	const char *name;
	int (*run)(struct job *j);
} kinds[] = {
	{ "read", do_read },
	{ "write", do_write },
	{ "list", do_list },
	{ "transaction", do_transaction },
	{ "write+event", do_watch },
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static long client(unsigned int kind, int number, double seconds)
{
	struct job j = { .xs = xs_open(0) };
	double end = now() + seconds;

	if (!j.xs)
		return -1;
	sprintf(j.path, "/bench/client%d", number);
	if (!xs_write(j.xs, XBT_NULL, j.path, "0", 1))
		return -1;
	do {
		if (kinds[kind].run(&j) < 0)
			return -1;
		j.round++;
	} while ((j.round & 15) || now() < end);
	xs_close(j.xs);
	return j.round;
}

static int measure(unsigned int kind, int clients, double seconds, volatile long *results)
{
	double started = now();
	long total = 0;
	int i;

	for (i = 0; i < clients; i++) {
		results[i] = -1;
		if (fork() == 0) {
			results[i] = client(kind, i, seconds);
			_exit(0);
		}
	}
	while (wait(NULL) > 0)
		;
	for (i = 0; i < clients; i++) {
		if (results[i] < 0) {
			fprintf(stderr, "store_bench: %s: client %d failed\n", kinds[kind].name, i);
			return 1;
		}
		total += results[i];
	}
	printf("%-12s %4d clients %10.0f /s\n", kinds[kind].name, clients,
	       total / (now() - started));
	fflush(stdout);
	return 0;
}

int main(int argc, char **argv)
{
	int opt, clients = 1, failed = 0;
	double seconds = 1;
	struct xs_handle *xs;
	long *results;
	unsigned int i;

	while ((opt = getopt(argc, argv, "c:s:")) != -1) {
		if (opt == 'c')
			clients = atoi(optarg);
		else if (opt == 's')
			seconds = atof(optarg);
		else
			return 2;
	}
	results = mmap(NULL, (clients + 1) * sizeof(long), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (results == MAP_FAILED || clients < 1)
		return 2;
	for (i = 0; i < KINDS; i++)
		failed |= measure(i, clients, seconds, results);
	xs = xs_open(0);
	if (xs)
		xs_rm(xs, XBT_NULL, "/bench");
	xs_close(xs);
	return failed;
}
