/* SPDX-License-Identifier: GPL-2.0-only */
/* cmd_migrate.c: a domain to another host, and, as the far end of ssh, one from there. */
#include "xm/cmds.h"
#include "xm/progress.h"
#include "xm/rpc.h"

#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- the sender ------------------------------------------------------------------------------------- */

static volatile sig_atomic_t interrupts;

static void on_interrupt(int sig)
{
	interrupts++;
}

/* On a connection of its own: the first one waits for the answer to "migrate". */
static int cancel(const char *domain, bool force)
{
	struct json_object *params = xm_params("domain", domain), *result = NULL;
	struct rpc *rpc = NULL;
	int rc = xm_connect(&rpc);

	if (force)
		json_object_object_add(params, "force", json_object_new_boolean(true));
	if (rc) {
		json_object_put(params);
		return rc;
	}
	rc = rpc_call(rpc, "domain.migrate_cancel", params, &result);
	if (rc)
		rc = xm_rpc_failed(rpc, rc, domain);
	json_object_put(result);
	rpc_close(rpc);
	return rc;
}

static void on_poked(void *arg)
{
	static sig_atomic_t seen;

	if (interrupts == seen)
		return;
	seen = interrupts;
	fprintf(stderr, "\nCancelling.\n");
	cancel(arg, false);
}

/* The option's value, a number above 0, into params as `key`, times scale. */
static int put_number(struct xm_run *x, const char *opt, struct json_object *params, const char *key,
	int64_t scale)
{
	const char *text = xm_opt(x, opt);
	char *end;
	long v;

	if (!text)
		return XM_OK;
	errno = 0;
	v = strtol(text, &end, 10);
	if (!isdigit((unsigned char)*text) || *end || errno || v < 1 || v > 1L << 30)
		return xm_error("--%s=%s: not a number that is possible.", opt, text);
	json_object_object_add(params, key, json_object_new_int64(v * scale));
	return XM_OK;
}

/* ssh, with our end of its standard input and output. */
static int ssh_start(struct xm_run *x, const char *host, pid_t *ret_pid)
{
	const char *port = xm_opt(x, "port");
	const char *const plain[] = { "ssh", "-o", "BatchMode=no", "--", host, "xm", "migrate-receive", NULL };
	const char *const with_port[] = { "ssh", "-p", port, "--", host, "xm", "migrate-receive", NULL };
	int fds[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		signal(SIGINT, SIG_IGN);	/* it ends with the connection */
		dup2(fds[1], STDIN_FILENO);
		dup2(fds[1], STDOUT_FILENO);
		execvp("ssh", (char *const *)(port ? with_port : plain));
		fprintf(stderr, "Error: ssh: %s.\n", strerror(errno));
		_exit(127);
	}
	close(fds[1]);
	if (pid < 0) {
		close(fds[0]);
		return -1;
	}
	*ret_pid = pid;
	return fds[0];
}

static void print_moved(const char *name, const char *host, struct json_object *r)
{
	double s = (double)xm_int(r, "total_ms", 0) / 1000, mib = (double)xm_int(r, "bytes", 0) / 1048576;

	printf("Moved %s to %s: %.1f MiB in %.2f s (%.1f MiB/s)", name, host, mib, s, s > 0 ? mib / s : 0.0);
	if (xm_int(r, "rounds", 0))
		printf(", %lld round%s while it ran", (long long)xm_int(r, "rounds", 0),
			xm_int(r, "rounds", 0) == 1 ? "" : "s");
	printf("; stopped for %lld ms\n", (long long)xm_int(r, "down_ms", 0));
}

static int move(struct xm_run *x, struct json_object *params, char *name)
{
	const struct sigaction sa = { .sa_handler = on_interrupt };
	struct json_object *result = NULL;
	int rc;

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	rc = progress_call_poked(x->rpc, isatty(STDOUT_FILENO) && !x->json ? name : NULL, "domain.migrate", params,
		on_poked, name, &result);
	if (rc)
		rc = xm_rpc_failed(x->rpc, rc, name);
	else if (x->json)
		xm_print_json(stdout, result);
	else if (!xm_opt(x, "quiet"))
		print_moved(name, x->argv[1], result);
	json_object_put(result);
	return rc;
}

static int run_migrate(struct xm_run *x)
{
	bool ssh = xm_opt(x, "ssh");
	struct json_object *o;
	char name[256];
	pid_t pid = -1;
	int rc, fd = -1;

	if (xm_opt(x, "cancel"))
		return cancel(x->argv[0], xm_opt(x, "force"));
	if (x->argc < 2)
		return xm_usage_error(x->cmd);
	rc = xm_domain_name(x, x->argv[0], name, sizeof(name));
	if (rc)
		return rc;
	o = xm_params("domain", x->argv[0]);
	json_object_object_add(o, "host", json_object_new_string(x->argv[1]));
	json_object_object_add(o, "live", json_object_new_boolean(xm_opt(x, "live") != NULL));
	rc = ssh ? XM_OK : put_number(x, "port", o, "port", 1);
	if (!rc)
		rc = put_number(x, "max-downtime", o, "max_downtime_ms", 1);
	if (!rc)
		rc = put_number(x, "bandwidth", o, "bandwidth_kib", 1024);
	if (!rc && ssh) {
		fd = ssh_start(x, x->argv[1], &pid);
		if (fd < 0)
			rc = xm_error("ssh: %s.", strerror(errno));
		json_object_object_add(o, "fd", json_object_new_int(fd));
	}
	if (rc) {
		json_object_put(o);
		return rc;
	}
	rc = move(x, o, name);
	if (fd >= 0)
		close(fd);
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return rc;
}

/* ---- the far end of ssh ------------------------------------------------------------------------------- */

static int write_all(int fd, const char *buf, ssize_t n)
{
	while (n > 0) {
		ssize_t w = write(fd, buf, (size_t)n);

		if (w < 0 && errno == EINTR)
			continue;
		if (w <= 0)
			return -1;
		buf += w;
		n -= w;
	}
	return 0;
}

/* Until xend hangs up. */
static int carry(int fd)
{
	struct pollfd p[2] = { { .fd = STDIN_FILENO, .events = POLLIN }, { .fd = fd, .events = POLLIN } };
	static char buf[1 << 16];
	ssize_t n;

	for (;;) {
		if (poll(p, 2, -1) < 0 && errno != EINTR)
			return XM_FAILED;
		if (p[1].revents) {
			n = read(fd, buf, sizeof(buf));
			if (n <= 0)
				return XM_OK;
			if (write_all(STDOUT_FILENO, buf, n))
				return XM_FAILED;
		}
		if (p[0].revents) {
			n = read(STDIN_FILENO, buf, sizeof(buf));
			if (n > 0 && write_all(fd, buf, n))
				return XM_FAILED;
			if (n <= 0) {
				shutdown(fd, SHUT_WR);
				p[0].fd = -1;
			}
			p[0].revents = 0;
		}
	}
}

static int run_receive(struct xm_run *x)
{
	struct json_object *o = xm_params(NULL, NULL), *result = NULL;
	int fds[2], rc;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0) {
		json_object_put(o);
		return xm_error("A socket: %s.", strerror(errno));
	}
	signal(SIGPIPE, SIG_IGN);
	json_object_object_add(o, "fd", json_object_new_int(fds[1]));
	rc = xm_call(x, "domain.receive", o, &result);
	json_object_put(result);
	close(fds[1]);		/* it is xend's now: its end is the connection's */
	if (!rc)
		rc = carry(fds[0]);
	close(fds[0]);
	return rc;
}

const struct xm_cmd cmd_migrate = {
	.name = "migrate", .min = 1, .max = 2, .domains = true, .json = true,
	.usage = "[-l] [-p port] <Domain> <Host>", .help = "move a domain to another host",
	.opts = {
		{ 'l', "live", NULL, "while it runs" },
		{ 'p', "port", "port", "of the host's xend (8002), or of its ssh" },
		{ 's', "ssh", NULL, "through ssh, to xm on the host" },
		{ 0, "max-downtime", "ms", "stop it for no longer, or not at all" },
		{ 'b', "bandwidth", "MiB", "a second at most, while it runs" },
		{ 0, "cancel", NULL, "give up a migration under way" },
		{ 0, "force", NULL, "with --cancel: it does not run on the host, so let it go on here" },
		{ 'q', "quiet", NULL, "print errors only" },
	},
	.run = run_migrate,
};

const struct xm_cmd cmd_migrate_receive = {
	.name = "migrate-receive", .min = 0, .max = 0,
	.usage = "", .help = "take a domain from standard input (for 'xm migrate --ssh')",
	.run = run_receive,
};
