/* SPDX-License-Identifier: GPL-2.0-only */
/* errno.h: error numbers of the guest ABI (Linux values); functions return them negated. */
#ifndef HV_ERRNO_H
#define HV_ERRNO_H

#define EPERM            1
#define ENOENT           2
#define ESRCH            3
#define EINTR            4
#define EIO              5
#define ENXIO            6
#define E2BIG            7
#define ENOEXEC          8
#define EBADF            9
#define EAGAIN          11
#define ENOMEM          12
#define EACCES          13
#define EFAULT          14
#define EBUSY           16
#define EEXIST          17
#define EXDEV           18
#define ENODEV          19
#define EINVAL          22
#define ENOSPC          28
#define EROFS           30
#define EDOM            33
#define ERANGE          34
#define EDEADLK         35
#define ENAMETOOLONG    36
#define ENOSYS          38
#define ENOTEMPTY       39
#define ENODATA         61
#define ETIME           62
#define EOVERFLOW       75
#define EILSEQ          84
#define ERESTART        85 /* internal: run the hypercall again with the arguments as changed */
#define EOPNOTSUPP      95
#define EUSERS          87
#define EADDRINUSE      98
#define EADDRNOTAVAIL   99
#define ENOBUFS        105
#define EISCONN        106
#define ENOTCONN       107
#define ETIMEDOUT      110

#endif
