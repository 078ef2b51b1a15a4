/* SPDX-License-Identifier: GPL-2.0-only */
/* xend_env.c: a daemon in a folder of its own, and clients on its socket. */
#include "tests/unit/xend_fake.h"
#include "util/log.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <netinet/in.h>
#include <unistd.h>

#include <event2/buffer.h>

#define WATCHDOG 30

void env_start(struct env *e)
{
	struct core_options options = { .state_dir = e->dir, .log_dir = e->log_dir,
		.image_dir = e->images, .script_dir = e->dir, .socket = e->socket, .antiloop_s = e->antiloop_s,
		.room_tick_ms = 2, .dump_dir = e->dump_dir,
		.migrate = { .address = "127.0.0.1", .port = e->migrate_port, .hosts = "127.0.0.1" },
		.autoballoon = e->autoballoon, .dom0_min_mib = e->dom0_min_mib,
		.network = { .bridge = "xenbr0", .address = "192.168.127.1", .bits = 24 },
		.network_now = e->network_now, .console = e->console };
	char why[512] = "";

	if (core_new(e->base, &backend_fake, &options, &e->core, why, sizeof(why))) {
		fprintf(stderr, "core_new: %s\n", why);
		abort();
	}
}

static unsigned int free_port(void)
{
	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(sa);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (bind(fd, (struct sockaddr *)&sa, len) || getsockname(fd, (struct sockaddr *)&sa, &len))
		abort();
	close(fd);
	return ntohs(sa.sin_port);
}

struct env *env_new(void)
{
	struct env *e = calloc(1, sizeof(*e));
	int fd;

	alarm(WATCHDOG);
	signal(SIGPIPE, SIG_IGN);	/* as daemon.c does */
	if (!getenv("XEND_TEST_LOG"))
		log_set_level(LOG_LVL_ERROR);
	fake_reset();
	strcpy(e->dir, "/tmp/xend-test-XXXXXX");
	if (!mkdtemp(e->dir))
		abort();
	snprintf(e->socket, sizeof(e->socket), "%s/sock", e->dir);
	snprintf(e->kernel, sizeof(e->kernel), "%s/kernel", e->dir);
	snprintf(e->images, sizeof(e->images), "%s/images", e->dir);
	snprintf(e->dump_dir, sizeof(e->dump_dir), "%s/dump", e->dir);
	snprintf(e->log_dir, sizeof(e->log_dir), "%s/log", e->dir);
	fd = open(e->kernel, O_WRONLY | O_CREAT, 0600);
	if (write(fd, "kernel", 6) != 6)
		abort();
	close(fd);
	e->base = event_base_new();
	e->antiloop_s = 60;
	e->console = (struct console_options)CONSOLE_DEFAULTS;
	e->migrate_port = free_port();
	env_start(e);
	return e;
}

static void remove_tree(const char *path)
{
	char name[512];
	struct dirent *d;
	DIR *dir = opendir(path);

	while (dir && (d = readdir(dir))) {
		if (!strcmp(d->d_name, ".") || !strcmp(d->d_name, ".."))
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, d->d_name);
		if (unlink(name))
			remove_tree(name);
	}
	if (dir)
		closedir(dir);
	rmdir(path);
}

void env_free(struct env *e)
{
	core_free(e->core);
	event_base_free(e->base);
	remove_tree(e->dir);
	free(e);
}

void env_restart(struct env *e, bool crash)
{
	char live[200], kept[200];

	/* What kill -9 leaves is what the files say at this moment: nothing of the end's own doings. */
	snprintf(live, sizeof(live), "%s/running", e->dir);
	snprintf(kept, sizeof(kept), "%s/kept", e->dir);
	if (crash && rename(live, kept))
		abort();
	core_free(e->core);
	if (crash) {
		remove_tree(live);
		if (rename(kept, live))
			abort();
	}
	env_start(e);
}

unsigned int env_state_files(struct env *e)
{
	char path[128];
	struct dirent *d;
	unsigned int n = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/running", e->dir);
	dir = opendir(path);
	while (dir && (d = readdir(dir)))
		n += d->d_name[0] != '.';
	if (dir)
		closedir(dir);
	return n;
}

void env_loop(struct env *e)
{
	event_base_loop(e->base, EVLOOP_ONCE);
}

static void client_readable(evutil_socket_t fd, short what, void *arg)
{
	struct client *c = arg;

	if (evbuffer_read(c->in, fd, 65536) <= 0) {
		c->closed = true;
		event_del(c->ev);
	}
}

struct client *client_new(struct env *e)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	struct client *c = calloc(1, sizeof(*c));

	c->e = e;
	c->in = evbuffer_new();
	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	strcpy(sa.sun_path, e->socket);
	if (connect(c->fd, (struct sockaddr *)&sa, sizeof(sa)))
		abort();
	fcntl(c->fd, F_SETFL, O_NONBLOCK);
	c->ev = event_new(e->base, c->fd, EV_READ | EV_PERSIST, client_readable, c);
	event_add(c->ev, NULL);
	return c;
}

void client_free(struct client *c)
{
	event_free(c->ev);
	close(c->fd);
	evbuffer_free(c->in);
	free(c);
}

static void client_write(struct client *c, const char *text, size_t len)
{
	ssize_t n;

	while (len) {
		n = send(c->fd, text, len, MSG_NOSIGNAL);
		if (n > 0) {
			text += n;
			len -= (size_t)n;
		} else {
			if (c->closed)
				return;
			event_base_loop(c->e->base, EVLOOP_ONCE);
		}
	}
}

void client_send(struct client *c, const char *fmt, ...)
{
	char *text;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	client_write(c, text, (size_t)n);
	free(text);
}

struct json_object *client_line(struct client *c)
{
	struct json_object *o;
	char *line;

	while (!(line = evbuffer_readln(c->in, NULL, EVBUFFER_EOL_LF))) {
		if (c->closed)
			return NULL;
		env_loop(c->e);
	}
	o = json_tokener_parse(line);
	if (!o)
		abort();
	free(line);
	return o;
}

struct json_object *client_call(struct client *c, const char *method, const char *fmt, ...)
{
	struct json_object *o, *id;
	char *params;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&params, fmt, ap) < 0)
		abort();
	va_end(ap);
	client_send(c, "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"%s\",\"params\":%s}\n", method,
		params);
	free(params);
	while ((o = client_line(c)) && !json_object_object_get_ex(o, "id", &id))
		json_object_put(o);	/* an event */
	return o;
}

int answer_code(struct json_object *answer)
{
	struct json_object *e, *code;

	if (!json_object_object_get_ex(answer, "error", &e))
		return 0;
	return json_object_object_get_ex(e, "code", &code) ? json_object_get_int(code) : 1;
}

const char *answer_text(struct json_object *answer)
{
	struct json_object *e, *text;

	if (!json_object_object_get_ex(answer, "error", &e) ||
	    !json_object_object_get_ex(e, "message", &text))
		return "";
	return json_object_get_string(text);
}

#define SMALL_DOMAIN "{\"config\":{\"name\":\"%s\",\"kernel\":\"%s\",\"memory_mib\":64%s}}"

struct json_object *client_create(struct client *c, const char *name, const char *more)
{
	return client_call(c, "domain.create", SMALL_DOMAIN, name, c->e->kernel, more);
}

void client_send_create(struct client *c, const char *more)
{
	client_send(c, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"domain.create\",\"params\":" SMALL_DOMAIN "}\n",
		"a", c->e->kernel, more);
}
