/* SPDX-License-Identifier: GPL-2.0-only */
/* receive.c: a domain that arrives from another host: what is said, and when it is started. create.c makes
 * it, restore.c's worker fills it. */
#include "xend/api.h"
#include "xend/migrate.h"
#include "util/log.h"
#include "util/savefile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <event2/buffer.h>

#define INCOMING_MAX	32
#define REMEMBER_S	(30 * 24 * 3600)	/* what was taken over */

#define LINGER_S	10

enum incoming_state { IN_HELLO, IN_STREAM, IN_READY, IN_STARTED, IN_REFUSED };

struct incoming {
	TAILQ_ENTRY(incoming) link;
	struct core *core;
	struct domain *d;	/* NULL: not told yet */
	enum incoming_state state;
	int fd;
	struct event *ev;
	struct evbuffer *in;
	char token[MIGRATE_TOKEN], who[64];
};

static void incoming_free(struct incoming *in)
{
	TAILQ_REMOVE(&in->core->incomings, in, link);
	if (in->d)
		in->d->incoming = NULL;
	if (in->ev)
		event_free(in->ev);
	if (in->in)
		evbuffer_free(in->in);
	close(in->fd);
	free(in);
}

/* Short, and there is room: nobody waits. */
static int say(struct incoming *in, struct json_object *o)
{
	char text[1024];
	int n = snprintf(text, sizeof(text), "%s\n", json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN));

	json_object_put(o);
	if (n >= (int)sizeof(text))
		return -EMSGSIZE;
	return send(in->fd, text, (size_t)n, MSG_NOSIGNAL | MSG_DONTWAIT) == n ? 0 : -EPIPE;
}

static void listen_again(struct incoming *in, enum incoming_state state)
{
	static const struct timeval patience = { MIGRATE_ANSWER_S, 0 };

	in->state = state;
	fcntl(in->fd, F_SETFL, fcntl(in->fd, F_GETFL) | O_NONBLOCK);
	event_add(in->ev, &patience);
}

/* The guest may still be coming: hanging up on that would take the reason from the other host, too. */
static void refuse(struct incoming *in, int err, const char *text)
{
	static const struct timeval linger = { LINGER_S, 0 };

	log_warn("migrate", "from %s: %s", in->who, text);
	if (say(in, wire_error(err, text)) || in->state == IN_HELLO) {
		incoming_free(in);
		return;
	}
	if (in->d)
		in->d->incoming = NULL;
	in->d = NULL;
	in->state = IN_REFUSED;
	fcntl(in->fd, F_SETFL, fcntl(in->fd, F_GETFL) | O_NONBLOCK);
	event_add(in->ev, &linger);
}

/* What comes is thrown away, until the other host hangs up. */
static void refused_event(struct incoming *in, short what)
{
	int n = what & EV_TIMEOUT ? 0 : evbuffer_read(in->in, in->fd, 65536);

	evbuffer_drain(in->in, evbuffer_get_length(in->in));
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		incoming_free(in);
}

/* ---- what was taken over ---------------------------------------------------------------------------- */

static bool token_ok(const char *token)
{
	return strlen(token) == MIGRATE_TOKEN - 1 && strspn(token, "0123456789abcdef") == MIGRATE_TOKEN - 1;
}

static void taken_path(struct core *core, const char *token, char *path, size_t size)
{
	snprintf(path, size, "%s/taken/%s", core->opt.state_dir, token);
}

bool receive_took(struct core *core, const char *token)
{
	char path[4096];
	struct domain *d;

	TAILQ_FOREACH(d, &core->domains, link)
		if (!strcmp(d->token, token))
			return true;
	taken_path(core, token, path, sizeof(path));
	return access(path, F_OK) == 0;
}

static void forget_old(const char *dir)
{
	char path[4096];
	struct dirent *e;
	struct stat st;
	DIR *list = opendir(dir);

	while (list && (e = readdir(list))) {
		snprintf(path, sizeof(path), "%.3800s/%.200s", dir, e->d_name);
		if (token_ok(e->d_name) && !stat(path, &st) && time(NULL) - st.st_mtime > REMEMBER_S)
			unlink(path);
	}
	if (list)
		closedir(list);
}

void receive_remember(struct core *core, const char *token)
{
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s/taken", core->opt.state_dir);
	if (mkdir(path, 0700) < 0 && errno == EEXIST)
		forget_old(path);
	taken_path(core, token, path, sizeof(path));
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		log_error("migrate", "cannot write %s: %s", path, strerror(errno));
	else
		close(fd);
}

/* ---- words ------------------------------------------------------------------------------------------ */

static void on_ask(struct incoming *in, struct json_object *o)
{
	const char *token = wire_string(o, "token");
	bool took = receive_took(in->core, token);
	struct incoming *other;

	/* Whoever asks has given up on its connection: what came by that is not started any more. */
	TAILQ_FOREACH(other, &in->core->incomings, link)
		if (!took && other->d && !strcmp(other->token, token)) {
			teardown_start(other->d);
			break;
		}
	say(in, wire_step(took ? "running" : "unknown"));
	log_info("migrate", "%s asks whether we took over %s: %s", in->who, token, took ? "yes" : "no");
	incoming_free(in);
}

static struct domain *sender_of(struct core *core, const char *token)
{
	struct domain *d;

	TAILQ_FOREACH(d, &core->domains, link)
		if (d->migrate && !strcmp(migrate_token(d), token))
			return d;
	return NULL;
}

/* On one host both halves are there for a while: this one with a name of its own. */
static struct domain *twin_of(struct core *core, const char *token, struct json_object *config)
{
	char name[CONFIG_NAME_MAX + 16], uuid[UUID_TEXT];
	struct domain *d = sender_of(core, token);

	if (!d || uuid_new(uuid))
		return NULL;
	snprintf(name, sizeof(name), "%s--incoming", d->cfg.name);
	json_object_object_add(config, "name", json_object_new_string(name));
	json_object_object_add(config, "uuid", json_object_new_string(uuid));
	return d;
}

static void on_guest(struct incoming *in, struct json_object *o)
{
	struct dom_config config = { 0 };
	struct json_object *json, *version;
	struct domain *d, *twin;
	enum rpc_code code;
	char why[800] = "";
	int rc, fd = -1;

	if (!json_object_object_get_ex(o, "migrate", &version) ||
	    json_object_get_int(version) != MIGRATE_VERSION ||
	    !json_object_object_get_ex(o, "config", &json)) {
		refuse(in, -EOPNOTSUPP, "this host takes guests by version 1 of the protocol only");
		return;
	}
	twin = twin_of(in->core, in->token, json);
	rc = receive_took(in->core, in->token) ? -EEXIST
		: create_verify(in->core, json, true, &config, &code, why, sizeof(why));
	/* Without it the domain would not be restored, but built and started anew. */
	if (!rc && (fd = fcntl(in->fd, F_DUPFD_CLOEXEC, 0)) < 0)
		rc = -errno;
	if (!rc)
		rc = domain_new(in->core, &config, false, &d);
	if (rc) {
		if (fd >= 0)
			close(fd);
		config_clear(&config);
		refuse(in, rc, why[0] ? why : strerror(-rc));
		return;
	}
	log_info("migrate", "%s: arrives from %s", d->cfg.name, in->who);
	in->d = d;
	d->incoming = in;
	d->takes_from = twin;
	d->restore_fd = fd;
	d->restore_format = SAVEFILE_OURS;
	in->state = IN_STREAM;
	event_del(in->ev);
	create_start(d);
}

static void on_start(struct incoming *in)
{
	event_del(in->ev);
	in->state = IN_STARTED;
	create_continue(in->d, 0);
}

static void on_line(struct incoming *in, struct json_object *o)
{
	if (in->state == IN_READY) {
		if (!strcmp(wire_string(o, "step"), "start"))
			on_start(in);
		else
			create_lost(in->d, -ECANCELED, *wire_string(o, "error") ? wire_string(o, "error")
				: "the other host does not say 'start'");
		return;
	}
	if (*wire_string(o, "error")) {		/* xend-tls has nobody else to tell */
		refuse(in, -EACCES, wire_string(o, "error"));
		return;
	}
	if (!token_ok(wire_string(o, "token"))) {
		refuse(in, -EINVAL, "that is no xend that sends a guest");
		return;
	}
	memcpy(in->token, wire_string(o, "token"), sizeof(in->token));
	if (json_object_object_get_ex(o, "ask", NULL))
		on_ask(in, o);
	else
		on_guest(in, o);
}

static void lost(struct incoming *in, int err, const char *text)
{
	if (in->d)
		create_lost(in->d, err, text);
	else
		refuse(in, err, text);
}

static void incoming_event(evutil_socket_t fd, short what, void *arg)
{
	struct incoming *in = arg;
	struct json_object *o;
	char *line;
	int n;

	if (in->state == IN_REFUSED) {
		refused_event(in, what);
		return;
	}
	if (what & EV_TIMEOUT) {
		lost(in, -ETIMEDOUT, "no word from the other host for too long");
		return;
	}
	n = evbuffer_read(in->in, fd, 65536);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	line = evbuffer_readln(in->in, NULL, EVBUFFER_EOL_LF);
	if (!line && n <= 0) {
		lost(in, -ECONNRESET, "the other host hung up");
	} else if (!line && evbuffer_get_length(in->in) > MIGRATE_LINE_MAX) {
		lost(in, -EMSGSIZE, "a line is too long");
	} else if (line) {
		o = json_tokener_parse(line);
		if (!json_object_is_type(o, json_type_object) || evbuffer_get_length(in->in))
			lost(in, -EPROTO, "what comes is not the language of xend");
		else
			on_line(in, o);
		json_object_put(o);
	}
	free(line);
}

int receive_start(struct core *core, int fd, const char *who)
{
	struct incoming *in, *other;
	unsigned int n = 0;

	TAILQ_FOREACH(other, &core->incomings, link)
		n++;
	in = n < INCOMING_MAX ? calloc(1, sizeof(*in)) : NULL;
	if (!in) {
		close(fd);
		return n < INCOMING_MAX ? -ENOMEM : -EUSERS;
	}
	in->core = core;
	in->fd = fd;
	snprintf(in->who, sizeof(in->who), "%s", who);
	TAILQ_INSERT_TAIL(&core->incomings, in, link);
	in->in = evbuffer_new();
	in->ev = event_new(core->base, fd, EV_READ | EV_PERSIST, incoming_event, in);
	if (!in->in || !in->ev) {
		incoming_free(in);
		return -ENOMEM;
	}
	listen_again(in, IN_HELLO);
	return 0;
}

void receive_free_all(struct core *core)
{
	while (!TAILQ_EMPTY(&core->incomings))
		incoming_free(TAILQ_FIRST(&core->incomings));
}

/* ---- for create.c ------------------------------------------------------------------------------------ */

void receive_building(struct domain *d)
{
	if (!d->incoming || d->restore_fd < 0)
		return;
	wire_timeouts(d->restore_fd, MIGRATE_STREAM_S);
	if (say(d->incoming, wire_step("send")))
		log_warn("migrate", "%s: the other host is gone", d->cfg.name);	/* as the worker will find */
}

int receive_ready(struct domain *d)
{
	if (!d->incoming)
		return 0;
	listen_again(d->incoming, IN_READY);
	if (say(d->incoming, wire_step("ready"))) {
		event_del(d->incoming->ev);
		snprintf(d->fail, sizeof(d->fail), "the other host hung up");
		return -ECONNRESET;
	}
	return -EINPROGRESS;
}

int receive_promise(struct domain *d)
{
	int rc;

	if (!d->incoming)
		return 0;
	memcpy(d->token, d->incoming->token, sizeof(d->token));
	d->taking = true;
	rc = state_save(d, STATE_RUNNING);
	if (!rc) {
		receive_remember(d->core, d->token);
		return 0;
	}
	d->token[0] = '\0';
	d->taking = false;
	return rc;
}

void receive_started(struct domain *d)
{
	if (!d->incoming)
		return;
	say(d->incoming, wire_step("running"));
	incoming_free(d->incoming);
}

/* It could not be started after all. First the files, so that no later xend starts it. */
static void take_back(struct domain *d)
{
	char path[4096];

	taken_path(d->core, d->token, path, sizeof(path));
	d->token[0] = '\0';
	d->taking = false;
	state_save(d, STATE_DYING);
	unlink(path);
}

void receive_failed(struct domain *d, int err, const char *text)
{
	char all[600];

	if (!d->incoming)
		return;
	if (d->token[0])
		take_back(d);
	snprintf(all, sizeof(all), "domain %.200s: %.380s", d->cfg.name, text);
	refuse(d->incoming, err, all);
}

static void told(void *arg, int err, struct store_batch *b)
{
	if (err)
		log_warn("migrate", "cannot write the nodes of its name: %s", strerror(-err));
	store_batch_free(b);
}

static struct domain *heir_of(const struct domain *gone)
{
	struct domain *d;

	TAILQ_FOREACH(d, &gone->core->domains, link)
		if (d->takes_from == gone)
			return d;
	return NULL;
}

void receive_take_name(struct domain *gone)
{
	struct store_batch *b = store_batch_new(true, told, NULL);
	struct domain *d = heir_of(gone);
	int rc;

	if (!d || !b || d->state == DOM_TEARDOWN) {
		store_batch_free(b);
		return;
	}
	d->takes_from = NULL;
	state_remove(d);
	store_rm(b, "/vm/%s", d->cfg.uuid);
	memcpy(d->uuid, gone->uuid, sizeof(d->uuid));
	rc = d->core->ops->set_uuid(d->core->be, d->domid, d->uuid);
	if (!rc)
		rc = config_set_string(&d->cfg.uuid, gone->cfg.uuid);
	if (!rc)
		rc = config_set_string(&d->cfg.name, gone->cfg.name);
	if (!rc)
		rc = console_rename(d->console, d->cfg.name);
	if (rc)
		log_error("migrate", "%s: cannot have the name of %s: %s", d->cfg.name, gone->cfg.name,
			strerror(-rc));
	state_save(d, STATE_RUNNING);
	nodes_identity(b, d);
	d->core->ops->store(d->core->be, b);
}
