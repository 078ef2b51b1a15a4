/* SPDX-License-Identifier: GPL-2.0-only */
/* console_io.c: console_io, for the domain that has the console. No locks: the console's own. */
#include <hv/hypercall.h>
#include <hv/console.h>
#include <hv/domain.h>
#include <hv/guest_access.h>
#include <hv/softirq.h>
#include <asm/current.h>

#define CHUNK 128

static long console_write(unsigned long arg[])
{
	unsigned long n = (uint32_t)arg[1], done = 0;
	char buf[CHUNK];

	while (done < n) {
		size_t part = min(n - done, (unsigned long)sizeof(buf));

		if (done && hypercall_preempt_check()) {
			arg[1] = n - done;
			arg[2] += done;
			return -ERESTART;
		}
		if (copy_from_guest_raw(buf, (const char *)arg[2] + done, part))
			return -EFAULT;
		console_guest_write(buf, part);
		done += part;
	}
	return 0;
}

static long console_read(unsigned long arg[])
{
	unsigned long n = (uint32_t)arg[1], done = 0;
	char buf[CHUNK];
	size_t part;

	while (done < n) {
		part = console_guest_read(buf, min(n - done, (unsigned long)sizeof(buf)));
		if (!part)
			break;
		if (copy_to_guest_raw((char *)arg[2] + done, buf, part))
			return -EFAULT;
		done += part;
	}
	return done;
}

/* arg: command, count, buffer. */
long do_console_io(unsigned long arg[])
{
	struct domain *d = current->domain;

	if (!d->is_console && !d->is_privileged)
		return -EPERM;
	if ((uint32_t)arg[0] != CONSOLEIO_write && (uint32_t)arg[0] != CONSOLEIO_read)
		return -ENOSYS;
	/* The result of a read is a count: a larger one would look like an error. */
	if ((uint32_t)arg[1] > INT32_MAX)
		return -EINVAL;
	return (uint32_t)arg[0] == CONSOLEIO_write ? console_write(arg) : console_read(arg);
}
