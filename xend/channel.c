/* SPDX-License-Identifier: GPL-2.0-only */
/* channel.c: a channel's end in domain 0.
 *
 * A program on the socket loses nothing: while it does not read, the guest waits. What the guest says
 * while nobody is connected is lost. Nobody can tell whether a pseudo-terminal is read: what is too much
 * for it is lost, the oldest first. */
#include "xend/channel.h"
#include "util/log.h"

#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

#include <event2/bufferevent.h>

struct channel {
	struct event_base *base;
	struct console *con;
	char *path;
	struct event *accept;	/* socket: pending while nobody is connected */
	int fd;			/* of the listening socket; of the terminal's other side, which must stay open */
	bool bound;		/* the socket's file is ours */
};

static void peer_gone(void *arg)
{
	struct channel *ch = arg;

	if (ch->accept)
		event_add(ch->accept, NULL);
}

/* The console has the stream from here on, or it is closed. */
static int connect_end(struct channel *ch, int fd, bool lossless)
{
	struct bufferevent *bev;

	if (evutil_make_socket_nonblocking(fd) || !(bev = bufferevent_socket_new(ch->base, fd,
			BEV_OPT_CLOSE_ON_FREE))) {
		close(fd);
		return -ENOMEM;
	}
	return console_add_end(ch->con, bev, lossless, peer_gone, ch);
}

static void peer_comes(evutil_socket_t fd, short what, void *arg)
{
	struct channel *ch = arg;
	int peer = accept4((int)fd, NULL, NULL, SOCK_CLOEXEC);

	if (peer < 0)
		return;
	event_del(ch->accept);		/* the next waits until this one has left */
	if (connect_end(ch, peer, true))
		peer_gone(ch);
}

static int fail(char *why, size_t size, const char *what, const char *path, int err)
{
	snprintf(why, size, "%s%s%s: %s", what, *path ? " " : "", path, strerror(err));
	return -err;
}

/* What an earlier xend left behind, and nobody serves any more, goes. */
static int remove_stale(const struct sockaddr_un *sa, char *why, size_t size)
{
	const char *path = sa->sun_path;
	struct stat st;
	int fd, err;

	if (lstat(path, &st) < 0)
		return 0;
	if (!S_ISSOCK(st.st_mode)) {
		snprintf(why, size, "%s is there, and is not a socket", path);
		return -EEXIST;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return fail(why, size, "cannot make a socket", "", errno);
	err = connect(fd, (const struct sockaddr *)sa, sizeof(*sa)) < 0 ? errno : 0;
	close(fd);
	if (err != ECONNREFUSED) {
		snprintf(why, size, "socket %s is in use", path);
		return -EADDRINUSE;
	}
	return unlink(path) < 0 ? fail(why, size, "cannot remove the old", path, errno) : 0;
}

static int open_socket(struct channel *ch, const char *path, char *why, size_t size)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	mode_t mask;
	int rc;

	memcpy(sa.sun_path, path, strlen(path) + 1);	/* as long as the spec allowed */
	rc = remove_stale(&sa, why, size);
	if (rc)
		return rc;
	ch->path = strdup(path);
	ch->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (ch->fd < 0 || !ch->path)
		return fail(why, size, "cannot make a socket", "", ch->path ? errno : ENOMEM);
	mask = umask(0177);
	rc = bind(ch->fd, (struct sockaddr *)&sa, sizeof(sa)) < 0 ? errno : 0;
	umask(mask);
	ch->bound = !rc;
	if (!rc && listen(ch->fd, 8) < 0)
		rc = errno;
	if (rc)
		return fail(why, size, "cannot serve socket", path, rc);
	ch->accept = event_new(ch->base, ch->fd, EV_READ | EV_PERSIST, peer_comes, ch);
	if (!ch->accept || event_add(ch->accept, NULL) < 0)
		return fail(why, size, "cannot serve socket", path, ENOMEM);
	return 0;
}

static int open_pty(struct channel *ch, char *why, size_t size)
{
	char name[64];
	struct termios t;
	int master;

	if (openpty(&master, &ch->fd, name, NULL, NULL) < 0)
		return fail(why, size, "cannot make a pseudo-terminal", "", errno);
	fcntl(master, F_SETFD, FD_CLOEXEC);
	fcntl(ch->fd, F_SETFD, FD_CLOEXEC);
	if (tcgetattr(ch->fd, &t) == 0) {
		cfmakeraw(&t);
		tcsetattr(ch->fd, TCSANOW, &t);
	}
	ch->path = strdup(name);
	if (!ch->path) {
		close(master);
		return fail(why, size, "cannot make a pseudo-terminal", "", ENOMEM);
	}
	return connect_end(ch, master, false);
}

int channel_open(struct event_base *base, struct console *con, const struct hvc_spec *spec,
	struct channel **ret_channel, char *why, size_t size)
{
	struct channel *ch = calloc(1, sizeof(*ch));
	int rc;

	if (!ch)
		return fail(why, size, "channel", "", ENOMEM);
	ch->base = base;
	ch->con = con;
	ch->fd = -1;
	snprintf(why, size, "out of memory");
	rc = spec->kind == HVC_SOCKET ? open_socket(ch, spec->path, why, size) : open_pty(ch, why, size);
	if (rc) {
		channel_close(ch);
		return rc;
	}
	*ret_channel = ch;
	return 0;
}

void channel_close(struct channel *ch)
{
	if (!ch)
		return;
	if (ch->accept)
		event_free(ch->accept);
	if (ch->bound && unlink(ch->path) < 0 && errno != ENOENT)
		log_warn("console", "cannot remove socket %s: %s", ch->path, strerror(errno));
	if (ch->fd >= 0)
		close(ch->fd);
	free(ch->path);
	free(ch);
}

const char *channel_path(const struct channel *ch)
{
	return ch->path;
}
