/* SPDX-License-Identifier: GPL-2.0-only */
/* rpc_conn.c: the listening socket and its connections: framing, limits, back-pressure.
 *
 * A connection is freed only from its own event callbacks or rpc_server_free(), never from inside
 * a request: conn_drop() marks it and the callback that runs next, conn_reap(), frees it. */
#include "xend/acceptor.h"
#include "xend/rpc.h"
#include "util/log.h"

#include <errno.h>
#include <grp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <event2/buffer.h>

#define RPC_LOOK_MS 250		/* between two looks whether one that sends no more is there yet */

struct rpc_conn {
	LIST_ENTRY(rpc_conn) link;
	struct rpc_server *server;
	struct bufferevent *bev;
	struct event *reaper;		/* frees the connection outside its callbacks */
	struct event *look;		/* it sends no more: whether it is there yet */
	struct rpc_peer peer;
	struct rpc_call *calls;		/* unanswered ones */
	unsigned int pending;
	bool eof;			/* the peer sends no more, but may still read answers */
	bool closing;			/* no more requests; free once the output is out */
	bool dead;			/* no more output either */
};

struct rpc_server {
	struct rpc_server_config config;
	struct acceptor acceptor;
	LIST_HEAD(, rpc_conn) conns;
	unsigned int conn_count;
	struct log_pace refused;
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
};

static void conn_free(struct rpc_conn *conn)
{
	struct rpc_call *call;

	while ((call = conn->calls)) {
		conn->calls = *rpc_call_link(call);
		rpc_call_orphan(call);
	}
	if (conn->server->config.closed)
		conn->server->config.closed(conn->server->config.arg, conn);
	LIST_REMOVE(conn, link);
	conn->server->conn_count--;
	if (conn->reaper)
		event_free(conn->reaper);
	if (conn->look)
		event_free(conn->look);
	if (conn->bev)
		bufferevent_free(conn->bev);
	free(conn);
}

static void conn_reap(evutil_socket_t fd, short what, void *arg)
{
	conn_free(arg);
}

static void conn_drop(struct rpc_conn *conn)
{
	conn->closing = true;
	conn->dead = true;
	if (conn->bev)
		bufferevent_disable(conn->bev, EV_READ | EV_WRITE);
	event_active(conn->reaper, EV_TIMEOUT, 0);
}

/* Stop taking requests; what was answered is still delivered. */
static void conn_finish(struct rpc_conn *conn)
{
	conn->closing = true;
	bufferevent_disable(conn->bev, EV_READ);
	if (evbuffer_get_length(bufferevent_get_output(conn->bev)) == 0)
		conn_drop(conn);
}

static bool conn_may_read(const struct rpc_conn *conn)
{
	unsigned int most = conn->peer.admin ? RPC_ADMIN_PENDING : RPC_MAX_PENDING;

	return conn->bev && !conn->closing && conn->pending < most &&
	       evbuffer_get_length(bufferevent_get_output(conn->bev)) < RPC_PAUSE_OUTPUT;
}

static void conn_read(struct bufferevent *bev, void *arg)
{
	struct rpc_conn *conn = arg;
	struct evbuffer *in = bufferevent_get_input(bev);
	char *line;
	size_t len;
	bool ok;

	while (conn_may_read(conn) && (line = evbuffer_readln(in, &len, EVBUFFER_EOL_LF))) {
		ok = len <= RPC_MAX_LINE && rpc_dispatch(conn, line, len);
		if (len > RPC_MAX_LINE)
			rpc_send_error(conn, NULL, RPC_PARSE, "a request is longer than 1 MiB");
		free(line);
		if (!conn->bev || conn->dead)
			return;
		if (!ok) {
			conn_finish(conn);
			return;
		}
	}
	if (conn_may_read(conn)) {
		if (evbuffer_get_length(in) > RPC_MAX_LINE) {
			rpc_send_error(conn, NULL, RPC_PARSE, "a request is longer than 1 MiB");
			conn_finish(conn);
		}
	} else if (conn->bev && !conn->closing) {
		bufferevent_disable(bev, EV_READ);
	}
}

/* Room again, in the output or in the number of unanswered requests: go on reading. */
static void conn_resume(struct rpc_conn *conn)
{
	if (conn->eof && conn->pending == 0 &&
	    evbuffer_get_length(bufferevent_get_output(conn->bev)) == 0 &&
	    evbuffer_get_length(bufferevent_get_input(conn->bev)) == 0) {
		conn_drop(conn);
		return;
	}
	if (!conn_may_read(conn) || (bufferevent_get_enabled(conn->bev) & EV_READ))
		return;
	if (!conn->eof)
		bufferevent_enable(conn->bev, EV_READ);
	bufferevent_trigger(conn->bev, EV_READ, BEV_OPT_DEFER_CALLBACKS);
}

static void conn_written(struct bufferevent *bev, void *arg)
{
	struct rpc_conn *conn = arg;

	if (conn->closing)
		conn_drop(conn);
	else
		conn_resume(conn);
}

static bool conn_hung_up(const struct rpc_conn *conn)
{
	struct pollfd p = { .fd = conn->bev ? bufferevent_getfd(conn->bev) : -1, .events = POLLIN };

	return p.fd < 0 || poll(&p, 1, 0) < 0 || (p.revents & POLLHUP);
}

static void conn_look(evutil_socket_t fd, short what, void *arg)
{
	struct rpc_conn *conn = arg;

	if (conn_hung_up(conn))
		conn_drop(conn);
}

/* A half-close: `printf ... | socat - UNIX:...` still wants its answers. Nothing is read from it any more, so
 * nothing says when it goes: it is looked at. */
static bool conn_half_closed(struct rpc_conn *conn)
{
	static const struct timeval look = { 0, RPC_LOOK_MS * 1000 };

	if (conn->closing || conn_hung_up(conn) ||
	    (!conn->pending && !evbuffer_get_length(bufferevent_get_output(conn->bev))))
		return false;
	conn->eof = true;
	bufferevent_disable(conn->bev, EV_READ);
	if (!conn->look)
		conn->look = event_new(conn->server->config.base, -1, EV_PERSIST, conn_look, conn);
	return conn->look && event_add(conn->look, &look) == 0;
}

static void conn_event(struct bufferevent *bev, short what, void *arg)
{
	struct rpc_conn *conn = arg;

	if (what & BEV_EVENT_TIMEOUT)
		log_warn("rpc", "pid %d (uid %u) does not read its answers: dropped",
			(int)conn->peer.pid, conn->peer.uid);
	if (!(what & BEV_EVENT_EOF) || !conn_half_closed(conn))
		conn_drop(conn);
}

static bool peer_in_group(int fd, gid_t primary, gid_t group)
{
	gid_t groups[256];
	socklen_t len = sizeof(groups);

	if (primary == group)
		return true;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &len) < 0)
		return false;
	for (size_t i = 0; i < len / sizeof(gid_t); i++)
		if (groups[i] == group)
			return true;
	return false;
}

static int peer_read(int fd, struct rpc_peer *peer)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);
	struct group *xen;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0)
		return -errno;
	peer->uid = cred.uid;
	peer->pid = cred.pid;
	peer->admin = cred.uid == 0 || cred.uid == geteuid();
	if (!peer->admin) {
		xen = getgrnam("xen");
		peer->admin = xen && peer_in_group(fd, cred.gid, xen->gr_gid);
	}
	return 0;
}

/* Strangers may not use up what root needs to get in. */
static bool too_many_strangers(struct rpc_server *server, const struct rpc_conn *next)
{
	struct rpc_conn *conn;
	unsigned int n = 0;

	if (next->peer.admin)
		return false;
	LIST_FOREACH(conn, &server->conns, link)
		n += !conn->peer.admin;
	return n >= RPC_MAX_STRANGERS;
}

static int conn_new(struct rpc_server *server, int fd)
{
	static const struct timeval send_timeout = { RPC_SEND_TIMEOUT, 0 };
	struct rpc_conn *conn = calloc(1, sizeof(*conn));
	int rc = -ENOMEM;

	if (!conn)
		return -ENOMEM;
	conn->server = server;
	rc = peer_read(fd, &conn->peer);
	if (!rc && too_many_strangers(server, conn))
		rc = -EUSERS;
	if (rc)
		goto err_conn;
	rc = -ENOMEM;
	conn->reaper = event_new(server->config.base, -1, 0, conn_reap, conn);
	if (!conn->reaper)
		goto err_conn;
	conn->bev = bufferevent_socket_new(server->config.base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (!conn->bev)
		goto err_reaper;
	bufferevent_setcb(conn->bev, conn_read, conn_written, conn_event, conn);
	bufferevent_setwatermark(conn->bev, EV_READ, 0, RPC_MAX_LINE + 2);
	bufferevent_set_timeouts(conn->bev, NULL, &send_timeout);
	bufferevent_enable(conn->bev, EV_READ);		/* EV_WRITE: as soon as there is output */
	LIST_INSERT_HEAD(&server->conns, conn, link);
	server->conn_count++;
	return 0;

err_reaper:
	event_free(conn->reaper);
err_conn:
	free(conn);
	return rc;
}

/* Anybody may connect: nobody is to wash away the log by it. */
static void server_refused(struct rpc_server *server, const char *why)
{
	unsigned int more;

	if (log_paced(&server->refused, &more))
		log_warn("rpc", "connection refused: %s (%u more before)", why, more);
}

static void server_accept(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *sa,
	int len, void *arg)
{
	struct rpc_server *server = arg;
	const char *why = "as many as there may be are open already";
	int rc = -EUSERS;

	if (server->conn_count < RPC_MAX_CONNS)
		rc = conn_new(server, fd);
	if (!rc)
		return;
	close(fd);
	server_refused(server, rc == -EUSERS ? why : strerror(-rc));
}

static void server_accept_error(struct evconnlistener *listener, void *arg)
{
	struct rpc_server *server = arg;

	acceptor_failed(&server->acceptor);
}

static int server_listen(struct rpc_server *server)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int rc;

	if (strlen(server->config.path) >= sizeof(sa.sun_path))
		return -ENAMETOOLONG;
	strcpy(sa.sun_path, server->config.path);
	unlink(sa.sun_path);	/* the pidfile's lock says that nobody else serves it */
	rc = acceptor_start(&server->acceptor, server->config.base, evconnlistener_new_bind(server->config.base,
		server_accept, server, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 128,
		(struct sockaddr *)&sa, sizeof(sa)), "rpc");
	if (rc)
		return rc;
	strcpy(server->path, sa.sun_path);
	evconnlistener_set_error_cb(server->acceptor.listener, server_accept_error);
	/* Anybody may connect; the peer's credentials decide what each may do. */
	if (chmod(sa.sun_path, 0666) < 0)
		return -errno;
	return 0;
}

int rpc_server_new(const struct rpc_server_config *config, struct rpc_server **ret_server)
{
	struct rpc_server *server = calloc(1, sizeof(*server));
	int rc;

	if (!server)
		return -ENOMEM;
	server->config = *config;
	LIST_INIT(&server->conns);
	rc = server_listen(server);
	if (rc) {
		rpc_server_free(server);
		return rc;
	}
	*ret_server = server;
	return 0;
}

void rpc_server_free(struct rpc_server *server)
{
	if (!server)
		return;
	acceptor_stop(&server->acceptor);
	if (server->path[0])
		unlink(server->path);
	while (!LIST_EMPTY(&server->conns))
		conn_free(LIST_FIRST(&server->conns));
	free(server);
}

const struct rpc_server_config *rpc_conn_config(struct rpc_conn *conn)
{
	return &conn->server->config;
}

const struct rpc_peer *rpc_conn_peer(struct rpc_conn *conn)
{
	return &conn->peer;
}

unsigned int rpc_conn_pending(struct rpc_conn *conn)
{
	return conn->pending;
}

/* What the socket takes at once needs no round through the event loop. What it does not take, and what is
 * behind other output, waits in the buffer; errors are found there, too. */
static size_t send_now(struct rpc_conn *conn, const char *text, size_t len)
{
	char end = '\n';
	struct iovec line[2] = { { (char *)text, len }, { &end, 1 } };
	struct msghdr m = { .msg_iov = line, .msg_iovlen = 2 };
	ssize_t n = 0;

	if (!evbuffer_get_length(bufferevent_get_output(conn->bev)))
		n = sendmsg(bufferevent_getfd(conn->bev), &m, MSG_DONTWAIT | MSG_NOSIGNAL);
	return n < 0 ? 0 : (size_t)n;
}

void rpc_conn_send(struct rpc_conn *conn, struct json_object *message)
{
	struct evbuffer *out;
	const char *text;
	size_t len, sent;

	if (!conn->bev || conn->dead)
		return;
	out = bufferevent_get_output(conn->bev);
	text = json_object_to_json_string_length(message, JSON_C_TO_STRING_PLAIN |
		JSON_C_TO_STRING_NOSLASHESCAPE, &len);
	if (!text || evbuffer_get_length(out) + len > RPC_MAX_OUTPUT) {
		log_warn("rpc", "pid %d (uid %u) does not read what it asked for: dropped",
			(int)conn->peer.pid, conn->peer.uid);
		conn_drop(conn);
		return;
	}
	sent = send_now(conn, text, len);
	if (sent < len)
		bufferevent_write(conn->bev, text + sent, len - sent);
	if (sent <= len)
		bufferevent_write(conn->bev, "\n", 1);
}

void rpc_conn_add_call(struct rpc_conn *conn, struct rpc_call *call)
{
	*rpc_call_link(call) = conn->calls;
	conn->calls = call;
	conn->pending++;
}

void rpc_conn_del_call(struct rpc_conn *conn, struct rpc_call *call)
{
	struct rpc_call **p = &conn->calls;

	while (*p && *p != call)
		p = rpc_call_link(*p);
	if (*p)
		*p = *rpc_call_link(call);
	conn->pending--;
	if (conn->bev && !conn->dead)
		conn_resume(conn);
}

struct bufferevent *rpc_conn_release(struct rpc_conn *conn)
{
	struct bufferevent *bev = conn->bev;

	bufferevent_disable(bev, EV_READ);
	bufferevent_setcb(bev, NULL, NULL, NULL, NULL);
	bufferevent_setwatermark(bev, EV_READ, 0, 0);
	bufferevent_set_timeouts(bev, NULL, NULL);
	conn->bev = NULL;
	conn_drop(conn);
	return bev;
}
