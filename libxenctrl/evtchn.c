/* SPDX-License-Identifier: MIT */
/* evtchn.c: event channels of this process, through /dev/xen/evtchn. */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <xen/sys/evtchn.h>

#include "private.h"

struct xc_evtchn {
	int fd;
};

struct xc_evtchn *xc_evtchn_open(void)
{
	struct xc_evtchn *xce = malloc(sizeof(*xce));
	int saved;

	if (!xce)
		return NULL;
	xce->fd = open("/dev/xen/evtchn", O_RDWR | O_CLOEXEC | O_NONBLOCK);
	if (xce->fd < 0) {
		saved = errno;
		free(xce);
		errno = saved;
		return NULL;
	}
	return xce;
}

void xc_evtchn_close(struct xc_evtchn *xce)
{
	if (!xce)
		return;
	close(xce->fd);
	free(xce);
}

int xc_evtchn_fd(const struct xc_evtchn *xce)
{
	return xce->fd;
}

int xc_evtchn_bind_unbound_port(struct xc_evtchn *xce, uint32_t domid)
{
	struct ioctl_evtchn_bind_unbound_port arg = { .remote_domain = domid };

	return ioctl(xce->fd, IOCTL_EVTCHN_BIND_UNBOUND_PORT, &arg);
}

int xc_evtchn_bind_interdomain(struct xc_evtchn *xce, uint32_t domid, uint32_t remote_port)
{
	struct ioctl_evtchn_bind_interdomain arg = {
		.remote_domain = domid, .remote_port = remote_port,
	};

	return ioctl(xce->fd, IOCTL_EVTCHN_BIND_INTERDOMAIN, &arg);
}

int xc_evtchn_bind_virq(struct xc_evtchn *xce, unsigned int virq)
{
	struct ioctl_evtchn_bind_virq arg = { .virq = virq };

	return ioctl(xce->fd, IOCTL_EVTCHN_BIND_VIRQ, &arg);
}

int xc_evtchn_unbind(struct xc_evtchn *xce, uint32_t port)
{
	struct ioctl_evtchn_unbind arg = { .port = port };

	return ioctl(xce->fd, IOCTL_EVTCHN_UNBIND, &arg);
}

int xc_evtchn_notify(struct xc_evtchn *xce, uint32_t port)
{
	struct ioctl_evtchn_notify arg = { .port = port };

	return ioctl(xce->fd, IOCTL_EVTCHN_NOTIFY, &arg);
}

int xc_evtchn_pending(struct xc_evtchn *xce)
{
	uint32_t port;
	ssize_t n;

	do
		n = read(xce->fd, &port, sizeof(port));
	while (n < 0 && errno == EINTR);
	if (n == sizeof(port))
		return (int)port;
	if (n >= 0)
		errno = EIO;
	return -1;
}

int xc_evtchn_unmask(struct xc_evtchn *xce, uint32_t port)
{
	ssize_t n;

	do
		n = write(xce->fd, &port, sizeof(port));
	while (n < 0 && errno == EINTR);
	if (n == sizeof(port))
		return 0;
	if (n >= 0)
		errno = EIO;
	return -1;
}
