/* SPDX-License-Identifier: GPL-2.0-only */
/* agent.c: runs commands in dom0 for the test harness, over a tty that others write to as well.
 *
 * The tty may be the machine's only console, on which the kernel, the hypervisor and daemons print
 * what they like, and whose input buffer holds 128 bytes. So both sides exchange short frames with
 * a checksum, one at a time, each repeated until it is acknowledged:
 *
 *     ~TSS:BASE64:CRC~      T type, SS sequence number in hex, CRC-32 of "TSS:BASE64" in hex
 *
 * To the agent:   S spawn (first byte: session letter, second: 'p' for a pty, '-' for a pipe, rest:
 *                 the command, continued by further S frames and ended by one with '.' as second byte)
 *                 I input for a session, K hang a session up, R forget everything (new peer)
 * From the agent: O output of a session, X its exit code in decimal
 * Each acknowledges what it got by number: A from the agent, B to it (a tty that is not raw yet
 * echoes, and an echo must not look like an answer).
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define FRAME_DATA	384	/* bytes of output in one frame */
#define RESEND_MS	1500
#define SESSION_MAX	16
#define COMMAND_MAX	(64 * 1024)

struct session {
	char letter;		/* 0: free */
	int fd;			/* pty master or our end of the pipes, -1 when it has ended */
	int in_fd;		/* where input goes, may be fd */
	pid_t pid;
	char *command;
	size_t command_len;
};

static int tty = -1;
static struct session sessions[SESSION_MAX];
static unsigned int send_seq, expect_seq;
static bool unacked;
static char sent[1024];
static size_t sent_len;

static const char b64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static uint32_t crc32_of(const char *s, size_t n)
{
	uint32_t crc = ~0u;

	while (n--) {
		crc ^= (unsigned char)*s++;
		for (int i = 0; i < 8; i++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
	}
	return ~crc;
}

static size_t encode(char *out, const unsigned char *in, size_t n)
{
	char *p = out;

	for (size_t i = 0; i < n; i += 3) {
		uint32_t v = in[i] << 16 | (i + 1 < n ? in[i + 1] << 8 : 0) | (i + 2 < n ? in[i + 2] : 0);

		*p++ = b64[v >> 18];
		*p++ = b64[v >> 12 & 63];
		*p++ = i + 1 < n ? b64[v >> 6 & 63] : '=';
		*p++ = i + 2 < n ? b64[v & 63] : '=';
	}
	*p = '\0';
	return p - out;
}

/* Returns the number of bytes decoded; the checksum has been found right by then. */
static size_t decode(unsigned char *out, const char *in, size_t n)
{
	size_t len = 0;
	uint32_t v = 0;
	int bits = 0;

	for (size_t i = 0; i < n; i++) {
		const char *at = strchr(b64, in[i]);

		if (!at || in[i] == '=')
			break;
		v = v << 6 | (at - b64);
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			out[len++] = v >> bits;
		}
	}
	return len;
}

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

static void write_all(int fd, const void *data, size_t n)
{
	const char *p = data;

	while (n) {
		ssize_t done = write(fd, p, n);

		if (done < 0) {
			struct pollfd pfd = { .fd = fd, .events = POLLOUT };

			if (errno != EAGAIN && errno != EINTR)
				return;
			poll(&pfd, 1, 1000);
			continue;
		}
		p += done;
		n -= done;
	}
}

static size_t frame(char *out, char type, unsigned int seq, const void *data, size_t n)
{
	size_t len = sprintf(out, "~%c%02x:", type, seq);

	len += encode(out + len, data, n);
	len += sprintf(out + len, ":%08x~\n", crc32_of(out + 1, len - 1));
	return len;
}

static void send_ack(unsigned int seq)
{
	char out[64];

	write_all(tty, out, frame(out, 'A', seq, "", 0));
}

/* One frame is under way at a time; the caller has checked that none is. */
static void send_frame(char type, const void *data, size_t n)
{
	send_seq = (send_seq + 1) & 0xff;
	sent_len = frame(sent, type, send_seq, data, n);
	unacked = true;
	write_all(tty, sent, sent_len);
}

static struct session *session_find(char letter)
{
	for (int i = 0; i < SESSION_MAX; i++)
		if (sessions[i].letter == letter)
			return &sessions[i];
	return NULL;
}

static void session_free(struct session *s)
{
	if (s->in_fd >= 0 && s->in_fd != s->fd)
		close(s->in_fd);
	if (s->fd >= 0)
		close(s->fd);
	free(s->command);
	*s = (struct session){ .fd = -1, .in_fd = -1 };
}

static void exec_command(const char *command)
{
	setenv("TERM", "vt100", 1);
	execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(127);
}

static void session_start_pipe(struct session *s)
{
	int in[2], out[2];

	if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC))
		exit(1);
	s->pid = fork();
	if (s->pid == 0) {
		setsid();
		dup2(in[0], 0);
		dup2(out[1], 1);
		dup2(out[1], 2);
		exec_command(s->command);
	}
	close(in[0]);
	close(out[1]);
	s->in_fd = in[1];
	s->fd = out[0];
}

static void session_start_pty(struct session *s)
{
	struct winsize ws = { .ws_row = 25, .ws_col = 100 };

	s->pid = forkpty(&s->fd, NULL, NULL, &ws);
	if (s->pid == 0)
		exec_command(s->command);
	fcntl(s->fd, F_SETFD, FD_CLOEXEC);
	s->in_fd = s->fd;
}

/* data: session letter, kind, a piece of the command. */
static void handle_spawn(const unsigned char *data, size_t n)
{
	struct session *s = session_find(data[0]);

	if (!s) {
		s = session_find(0);
		if (!s)
			return;
		s->letter = data[0];
		s->command = calloc(1, COMMAND_MAX);
		s->command_len = 0;
	}
	if (data[1] == '.') {
		if (data[2] == 'p')
			session_start_pty(s);
		else
			session_start_pipe(s);
		return;
	}
	if (s->command_len + n < COMMAND_MAX) {
		memcpy(s->command + s->command_len, data + 2, n - 2);
		s->command_len += n - 2;
	}
}

static void handle_input(const unsigned char *data, size_t n)
{
	struct session *s = session_find(data[0]);

	if (s && s->in_fd >= 0)
		write_all(s->in_fd, data + 1, n - 1);
}

/* Hang up: a pipe sees the end of its input, a pty's program gets SIGHUP, then all get SIGKILL. */
static void handle_kill(const unsigned char *data, size_t n)
{
	struct session *s = session_find(data[0]);

	if (!s || s->pid <= 0)
		return;
	if (n > 1 && data[1] == 'e' && s->in_fd != s->fd) {
		close(s->in_fd);
		s->in_fd = -1;
		return;
	}
	kill(-s->pid, n > 1 && data[1] == 'k' ? SIGKILL : SIGHUP);
}

static void handle_reset(void)
{
	for (int i = 0; i < SESSION_MAX; i++)
		if (sessions[i].letter) {
			if (sessions[i].pid > 0)
				kill(-sessions[i].pid, SIGKILL);
			session_free(&sessions[i]);
		}
	unacked = false;
	send_seq = 0;
	expect_seq = 1;
}

static void handle_frame(char type, unsigned int seq, const char *text, size_t len)
{
	unsigned char data[256];
	size_t n;

	if (type == 'B') {
		if (unacked && seq == send_seq)
			unacked = false;
		return;
	}
	if (type == 'R') {
		handle_reset();
		send_ack(seq);
		return;
	}
	send_ack(seq);
	if (seq != expect_seq || len > sizeof(data))
		return;		/* seen before: only the acknowledgement was lost */
	expect_seq = (expect_seq + 1) & 0xff;
	n = decode(data, text, len);
	if (n < 1)
		return;
	if (type == 'S' && n >= 3)
		handle_spawn(data, n);
	else if (type == 'I')
		handle_input(data, n);
	else if (type == 'K')
		handle_kill(data, n);
}

/* A line between two '~'. */
static void handle_line(const char *line, size_t n)
{
	unsigned int seq, crc;
	const char *end;

	if (n < 13 || line[3] != ':' || line[n - 9] != ':')
		return;
	end = line + n - 9;
	if (sscanf(line + 1, "%2x", &seq) != 1 || sscanf(end + 1, "%8x", &crc) != 1)
		return;
	if (crc != crc32_of(line, end - line))
		return;
	handle_frame(line[0], seq, line + 4, end - line - 4);
}

static void read_tty(void)
{
	static char line[512];
	static size_t len;
	char in[256];
	ssize_t n = read(tty, in, sizeof(in));

	for (ssize_t i = 0; i < n; i++) {
		if (in[i] == '~') {
			handle_line(line, len);
			len = 0;
		} else if (len < sizeof(line) - 1) {
			line[len++] = in[i];
			line[len] = '\0';
		} else {
			len = 0;
		}
	}
}

static void session_output(struct session *s)
{
	char data[FRAME_DATA + 1];
	ssize_t n = read(s->fd, data + 1, FRAME_DATA);

	data[0] = s->letter;
	if (n > 0) {
		send_frame('O', data, n + 1);
		return;
	}
	if (n < 0 && errno == EINTR)
		return;
	if (s->in_fd == s->fd)
		s->in_fd = -1;
	close(s->fd);
	s->fd = -1;
}

/* The exit code goes out when all output has. */
static bool session_reap(struct session *s)
{
	int status;
	char data[16];
	pid_t pid = waitpid(s->pid, &status, WNOHANG);

	if (pid == 0)
		return false;
	if (pid < 0)
		status = 0xff00;
	data[0] = s->letter;
	sprintf(data + 1, "%d", WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	send_frame('X', data, strlen(data));
	session_free(s);
	return true;
}

/* A program may leave daemons behind that hold its output open: its own end is what counts. */
static bool session_ended(struct session *s)
{
	struct pollfd p = { .fd = s->fd, .events = POLLIN };
	siginfo_t info = { 0 };

	if (s->fd < 0)
		return true;
	if (waitid(P_PID, s->pid, &info, WEXITED | WNOHANG | WNOWAIT) || info.si_pid == 0)
		return false;
	return poll(&p, 1, 0) == 0;
}

static void serve_sessions(const struct pollfd *pfds, int count)
{
	for (int i = 1; i < count && !unacked; i++)
		for (int k = 0; k < SESSION_MAX; k++)
			if (pfds[i].revents && sessions[k].letter && sessions[k].fd == pfds[i].fd) {
				session_output(&sessions[k]);
				break;
			}
	for (int k = 0; k < SESSION_MAX && !unacked; k++)
		if (sessions[k].pid > 0 && session_ended(&sessions[k]))
			session_reap(&sessions[k]);
}

static int tty_open(const char *path)
{
	struct termios t;
	int fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return -1;
	if (tcgetattr(fd, &t) == 0) {
		cfmakeraw(&t);
		cfsetspeed(&t, B115200);
		t.c_cflag |= CLOCAL;
		tcsetattr(fd, TCSANOW, &t);
	}
	return fd;
}

int main(int argc, char **argv)
{
	int64_t resend_at = 0;

	if (argc != 2 || (tty = tty_open(argv[1])) < 0) {
		fprintf(stderr, "usage: agent TTY\n");
		return 1;
	}
	signal(SIGPIPE, SIG_IGN);
	for (int i = 0; i < SESSION_MAX; i++)
		sessions[i].fd = sessions[i].in_fd = -1;
	expect_seq = 1;
	for (;;) {
		struct pollfd pfds[SESSION_MAX + 1] = { { .fd = tty, .events = POLLIN } };
		int count = 1, active = 0;

		for (int i = 0; i < SESSION_MAX; i++) {
			active += sessions[i].pid > 0;
			if (sessions[i].fd >= 0 && !unacked)
				pfds[count++] = (struct pollfd){ .fd = sessions[i].fd, .events = POLLIN };
		}
		if (!unacked)
			resend_at = 0;
		else if (!resend_at)
			resend_at = now_ms() + RESEND_MS;
		poll(pfds, count, unacked ? RESEND_MS : active ? 50 : -1);
		if (pfds[0].revents & POLLIN)
			read_tty();
		else if (pfds[0].revents)
			return 1;
		if (unacked && resend_at && now_ms() >= resend_at) {
			write_all(tty, sent, sent_len);
			resend_at = now_ms() + RESEND_MS;
		}
		if (!unacked)
			serve_sessions(pfds, count);
	}
}
