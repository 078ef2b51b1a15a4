/* SPDX-License-Identifier: GPL-2.0-only */
/* main.c: xenstore MODE ..., or a link called xenstore-MODE: table, options, transactions. */
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "xenstore/client.h"

static const struct mode modes[] = {
	{ "read", "psR", "[-h] [-p] [-s] [-R] key [...]", 1, 1, true, mode_read },
	{ "write", "sR", "[-h] [-s] [-R] key value [...]", 2, 2, true, mode_write },
	{ "list", "ps", "[-h] [-p] [-s] key [...]", 1, 1, true, mode_list },
	{ "ls", "fps", "[-h] [-f] [-p] [-s] [path]", 0, 1, false, mode_ls },
	{ "rm", "st", "[-h] [-s] [-t] key [...]", 1, 1, true, mode_rm },
	{ "exists", "ps", "[-h] [-p] [-s] key [...]", 1, 1, true, mode_exists },
	{ "chmod", "urs", "[-h] [-u] [-r] [-s] key <mode [modes...]>", 2, 1, true, mode_chmod },
	{ "watch", "n:s", "[-h] [-n NR] key", 1, 1, false, mode_watch },
	{ "control", "s", "[-h] [-s] command [arguments]", 1, 1, false, mode_control },
};
static const unsigned int mode_count = sizeof(modes) / sizeof(modes[0]);

static const char *program;
static char *output;
static size_t output_len;
static FILE *output_file;

void out_printf(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vfprintf(output_file, fmt, args);
	va_end(args);
}

void out_bytes(const void *data, size_t len)
{
	fwrite(data, 1, len, output_file);
}

/* A conflict shows as EAGAIN from any request; it is no news for the user. */
int complain(const char *fmt, ...)
{
	int err = errno;
	va_list args;

	if (err == EAGAIN)
		return -EAGAIN;
	fprintf(stderr, "%s: ", program);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	return err ? -err : -EINVAL;
}

static int usage(const struct mode *m, const char *as)
{
	unsigned int i;

	if (m) {
		fprintf(stderr, "%s: Usage: %s %s\n", program, as, m->usage);
		return 1;
	}
	fprintf(stderr, "xenstore: Usage: xenstore <mode> [-h] [...]\nModes:");
	for (i = 0; i < mode_count; i++)
		fprintf(stderr, " %s", modes[i].name);
	fputc('\n', stderr);
	return 1;
}

static const struct mode *find_mode(const char *name)
{
	unsigned int i;

	for (i = 0; i < mode_count; i++) {
		if (strcmp(modes[i].name, name) == 0)
			return &modes[i];
	}
	return NULL;
}

/* One letter. -s (the socket, rather than the kernel's device) is how it is anyway. */
static int set_option(struct options *o, int letter)
{
	bool *const flags[128] = {
		['p'] = &o->prefix, ['R'] = &o->raw, ['t'] = &o->tidy,
		['f'] = &o->full, ['u'] = &o->up, ['r'] = &o->recurse,
	};
	char *end;

	if (letter == 'n') {
		o->count = strtol(optarg, &end, 10);
		return *end || end == optarg || o->count < 0 ? -EINVAL : 0;
	}
	if (letter != 's' && (letter <= 0 || letter >= 128 || !flags[letter]))
		return -EINVAL;
	if (flags[letter])
		*flags[letter] = true;
	return 0;
}

static int flush_output(int err)
{
	fclose(output_file);
	if (err != -EAGAIN)
		fwrite(output, 1, output_len, stdout);
	free(output);
	return err;
}

static int run_once(const struct mode *m, struct session *s)
{
	int err;

	output_file = open_memstream(&output, &output_len);
	if (!output_file)
		return complain("out of memory");
	s->t = XBT_NULL;
	if (m->transaction && (s->t = xs_transaction_start(s->xs)) == XBT_NULL)
		return flush_output(complain("couldn't start transaction: %s", strerror(errno)));
	err = m->run(s);
	if (s->t != XBT_NULL && !xs_transaction_end(s->xs, s->t, err != 0) && err == 0)
		err = errno == EAGAIN ? -EAGAIN
				      : complain("couldn't end transaction: %s", strerror(errno));
	return flush_output(err);
}

static int run(const struct mode *m, struct session *s)
{
	int err;

	s->xs = xs_open(0);
	if (!s->xs) {
		complain("xs_open: %s", strerror(errno));
		return 1;
	}
	do {
		err = run_once(m, s);
	} while (err == -EAGAIN);
	xs_close(s->xs);
	if (fflush(stdout) != 0)
		err = complain("write: %s", strerror(errno));
	return err == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
	static const char prefix[] = "xenstore-";
	struct session s = { .o.count = -1 };
	const struct mode *m;
	const char *as = argv[0];
	int letter;

	program = strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : argv[0];
	if (strncmp(program, prefix, sizeof(prefix) - 1) == 0) {
		m = find_mode(program + sizeof(prefix) - 1);
	} else {
		if (argc < 2 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "--help") == 0)
			return usage(NULL, NULL);
		m = find_mode(argv[1]);
		as = argv[1];
		argv++;
		argc--;
	}
	if (!m) {
		fprintf(stderr, "xenstore: unknown mode %s\n", as);
		return usage(NULL, NULL);
	}
	opterr = 0;
	while ((letter = getopt(argc, argv, m->letters)) != -1) {
		if (set_option(&s.o, letter) < 0)
			return usage(m, as);
	}
	s.argv = argv + optind;
	s.argc = argc - optind;
	if (s.argc < m->min || s.argc % m->step != 0)
		return usage(m, as);
	return run(m, &s);
}
