/* SPDX-License-Identifier: MIT */
/* conn.c: reach the daemon, by its socket or the kernel's device, and cut the stream into messages. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include "libxenstore/private.h"

#define DEFAULT_RUNDIR "/run/xenstored"

static const char *const device_paths[] = { "/dev/xen/xenbus", "/proc/xen/xenbus" };

const char *xs_daemon_rundir(void)
{
	const char *dir = getenv("XENSTORED_RUNDIR");

	return dir ? dir : DEFAULT_RUNDIR;
}

const char *xs_daemon_socket(void)
{
	static char buf[sizeof(((struct sockaddr_un *)0)->sun_path)];
	const char *path = getenv("XENSTORED_PATH");

	if (path)
		return path;
	snprintf(buf, sizeof(buf), "%s/socket", xs_daemon_rundir());
	return buf;
}

const char *xs_daemon_socket_ro(void)
{
	return xs_daemon_socket();
}

static int open_socket(const char *path, struct xs_link *link)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd, err;

	if (strlen(path) >= sizeof(addr.sun_path))
		return -ENAMETOOLONG;
	memcpy(addr.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) != 0) {
		err = -errno;
		close(fd);
		return err;
	}
	link->fd = fd;
	link->is_socket = true;
	return 0;
}

static int open_device(const char *path, struct xs_link *link)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	link->fd = fd;
	link->is_socket = false;
	return 0;
}

/* Where the daemon runs a missing socket means that it is down, and the kernel's device would wait
 * for it without end; elsewhere the device is the way. */
static bool is_control_domain(void)
{
	char text[64] = "";
	int fd = open("/proc/xen/capabilities", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return false;
	if (read(fd, text, sizeof(text) - 1) < 0)
		text[0] = '\0';
	close(fd);
	return strstr(text, "control_d") != NULL;
}

/* XENSTORED_PATH may name the device. The error reported is the socket's, the usual way in. */
int xs_link_open(struct xs_link *link)
{
	const char *path = xs_daemon_socket();
	struct stat st;
	unsigned int i;
	int err;

	if (stat(path, &st) == 0 && S_ISCHR(st.st_mode))
		return open_device(path, link);
	err = open_socket(path, link);
	if (err == 0 || getenv("XENSTORED_PATH") || is_control_domain())
		return err;
	for (i = 0; i < sizeof(device_paths) / sizeof(device_paths[0]); i++) {
		if (open_device(device_paths[i], link) == 0)
			return 0;
	}
	return err;
}

void xs_link_close(struct xs_link *link)
{
	if (link->fd >= 0)
		close(link->fd);
	link->fd = -1;
}

/* Bytes sent or -Exxx. A daemon that went away is -EPIPE, never a signal. */
ssize_t xs_link_send(const struct xs_link *link, const struct iovec *iov, unsigned int count)
{
	struct msghdr msg = { .msg_iov = (struct iovec *)iov, .msg_iovlen = count };
	ssize_t n;

	do {
		n = link->is_socket ? sendmsg(link->fd, &msg, MSG_NOSIGNAL)
				    : writev(link->fd, iov, count);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

int xs_in_fill(struct xs_in *in, int fd)
{
	ssize_t n;

	if (in->start > 0) {
		memmove(in->buf, in->buf + in->start, in->end - in->start);
		in->end -= in->start;
		in->start = 0;
	}
	do {
		n = read(fd, in->buf + in->end, sizeof(in->buf) - in->end);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	if (n == 0)
		return -EPIPE;
	in->end += n;
	return 0;
}

int xs_in_next(struct xs_in *in, struct xs_msg *ret_msg)
{
	unsigned int have = in->end - in->start;

	if (have < sizeof(ret_msg->hdr))
		return 0;
	memcpy(&ret_msg->hdr, in->buf + in->start, sizeof(ret_msg->hdr));
	if (ret_msg->hdr.len > XENSTORE_PAYLOAD_MAX)
		return -EPROTO;
	if (have < sizeof(ret_msg->hdr) + ret_msg->hdr.len)
		return 0;
	ret_msg->body = in->buf + in->start + sizeof(ret_msg->hdr);
	in->start += sizeof(ret_msg->hdr) + ret_msg->hdr.len;
	return 1;
}
