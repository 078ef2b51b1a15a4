/* SPDX-License-Identifier: GPL-2.0-only */
/* poke.c: a client of a UNIX socket that behaves as no client should; runs in dom0.
 *
 * poke PATH talk          standard input, then the end of it; everything that is answered
 * poke PATH ask N         standard input; N bytes of the answer
 * poke PATH fill N C      N bytes of C, as far as they are taken; everything that is answered
 * poke PATH hangup N      N times: connect, standard input, read one byte, hang up
 * poke PATH deaf N        standard input N times, reading nothing; "deaf: sent K", then it stays
 * poke PATH crowd N       N connections that say nothing; "crowd: K", then they stay */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define PATIENCE_MS 2000	/* without a byte taken or given, the other side is thought to wait */

static char input[65536];
static size_t input_len;

static int dial(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static void read_input(void)
{
	ssize_t n;

	while (input_len < sizeof(input) &&
	       (n = read(STDIN_FILENO, input + input_len, sizeof(input) - input_len)) > 0)
		input_len += (size_t)n;
}

/* Bytes taken before an error or before the other side stopped taking any. */
static size_t send_all(int fd, const char *data, size_t len)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	size_t sent = 0;
	ssize_t n;

	while (sent < len && poll(&p, 1, PATIENCE_MS) > 0) {
		n = send(fd, data + sent, len - sent, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n <= 0)
			break;
		sent += (size_t)n;
	}
	return sent;
}

static int show_answer(int fd)
{
	char buf[4096];
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) > 0)
		fwrite(buf, 1, (size_t)n, stdout);
	return 0;
}

static int talk(const char *path, long count, int c)
{
	int fd = dial(path);

	if (fd < 0)
		return 1;
	read_input();
	send_all(fd, input, input_len);
	shutdown(fd, SHUT_WR);
	return show_answer(fd);
}

/* Says what is on standard input and shows so many bytes of the answer. */
static int ask(const char *path, long count, int c)
{
	int fd = dial(path);
	ssize_t n;

	if (fd < 0)
		return 1;
	read_input();
	send_all(fd, input, input_len);
	for (; count > 0 && (n = read(fd, input, 1)) > 0; count--)
		fwrite(input, 1, 1, stdout);
	close(fd);
	return 0;
}

static int fill(const char *path, long count, int c)
{
	int fd = dial(path);
	size_t sent = 0, n;

	if (fd < 0)
		return 1;
	memset(input, c, sizeof(input));
	do {
		n = (size_t)count - sent < sizeof(input) ? (size_t)count - sent : sizeof(input);
		n = send_all(fd, input, n);
		sent += n;
	} while (n && sent < (size_t)count);
	return show_answer(fd);
}

static int hangup(const char *path, long count, int c)
{
	char byte;
	int fd;

	read_input();
	while (count--) {
		fd = dial(path);
		if (fd < 0 || send_all(fd, input, input_len) < input_len || read(fd, &byte, 1) != 1)
			return 1;
		close(fd);
	}
	return 0;
}

static int deaf(const char *path, long count, int c)
{
	int fd = dial(path);
	long sent = 0;

	if (fd < 0)
		return 1;
	read_input();
	while (sent < count && send_all(fd, input, input_len) == input_len)
		sent++;
	printf("deaf: sent %ld\n", sent);
	fflush(stdout);
	pause();
	return 0;
}

static int crowd(const char *path, long count, int c)
{
	long n = 0;

	while (n < count && dial(path) >= 0)
		n++;
	printf("crowd: %ld\n", n);
	fflush(stdout);
	pause();
	return 0;
}

static const struct {
	const char *name;
	int (*run)(const char *path, long count, int c);
} modes[] = {
	{ "talk", talk }, { "ask", ask }, { "fill", fill }, { "hangup", hangup }, { "deaf", deaf }, { "crowd", crowd },
};

int main(int argc, char **argv)
{
	alarm(60);
	for (size_t i = 0; argc > 2 && i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (strcmp(argv[2], modes[i].name))
			continue;
		errno = 0;
		if (!modes[i].run(argv[1], argc > 3 ? atol(argv[3]) : 1, argc > 4 ? argv[4][0] : 'x'))
			return 0;
		fprintf(stderr, "poke: %s: %s\n", argv[1], strerror(errno));
		return 1;
	}
	fprintf(stderr, "usage: poke PATH talk|ask|fill|hangup|deaf|crowd [N [C]]\n");
	return 2;
}
