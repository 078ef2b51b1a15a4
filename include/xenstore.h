/* SPDX-License-Identifier: MIT */
/* xenstore.h: client library of the store, over xenstored's socket or /dev/xen/xenbus.
 *
 * Two interfaces to the same protocol:
 *   xs_*        the classic blocking calls, binary compatible with libxenstore.so.4;
 *   xs_async_*  for programs with an event loop that must never wait for the store.
 *
 * The library has no threads. A handle belongs to one thread at a time; different handles are
 * independent. Nothing here prints or exits. XENSTORED_PATH names the socket (or device) to use,
 * XENSTORED_RUNDIR the folder of a socket called "socket"; default /run/xenstored/socket. In a
 * domain other than dom0 /dev/xen/xenbus comes after that; in dom0 no socket is an error, because
 * the device would wait without end for the daemon that is down. On the device a request may block
 * until the kernel has sent it. */
#ifndef XENSTORE_H
#define XENSTORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <xen/io/xs_wire.h>

#ifdef __cplusplus
extern "C" {
#endif

#define XBT_NULL 0

/* xs_open flags; the first two are accepted and mean nothing. */
#define XS_OPEN_READONLY   (1UL << 0)
#define XS_OPEN_SOCKETONLY (1UL << 1)
#define XS_UNWATCH_FILTER  (1UL << 2) /* xs_unwatch drops queued events of that watch */

struct xs_handle;
typedef uint32_t xs_transaction_t;

/* One entry of a node's permissions. Entry 0 is the owner, its perms hold for all others. */
struct xs_permissions {
	unsigned int id;
	unsigned int perms;
#define XS_PERM_NONE      0x00
#define XS_PERM_READ      0x01
#define XS_PERM_WRITE     0x02
#define XS_PERM_ENOENT_OK 0x04 /* the rest is the daemon's own */
#define XS_PERM_OWNER     0x08
#define XS_PERM_IGNORE    0x10
};

/* ---- blocking calls -------------------------------------------------------------------------
 * bool: false and errno on failure. Pointers: NULL and errno on failure, else free() the result.
 * Vectors are one allocation: one free() for the vector and its strings. A transaction that met
 * another writer ends with EAGAIN and is to be run again from its start. */

struct xs_handle *xs_open(unsigned long flags);
void xs_close(struct xs_handle *h); /* NULL allowed */

/* Older names of the same. */
struct xs_handle *xs_daemon_open(void);
struct xs_handle *xs_domain_open(void);
struct xs_handle *xs_daemon_open_readonly(void);
void xs_daemon_close(struct xs_handle *h);
void xs_daemon_destroy_postfork(struct xs_handle *h);

/* Names of the children. Reads folders of any size (DIRECTORY_PART when one reply is too small). */
char **xs_directory(struct xs_handle *h, xs_transaction_t t, const char *path, unsigned int *num);
/* The value, a NUL added that *len (may be NULL) does not count. */
void *xs_read(struct xs_handle *h, xs_transaction_t t, const char *path, unsigned int *len);
bool xs_write(struct xs_handle *h, xs_transaction_t t, const char *path, const void *data,
	      unsigned int len);
bool xs_mkdir(struct xs_handle *h, xs_transaction_t t, const char *path);
bool xs_rm(struct xs_handle *h, xs_transaction_t t, const char *path);
struct xs_permissions *xs_get_permissions(struct xs_handle *h, xs_transaction_t t,
					  const char *path, unsigned int *num);
bool xs_set_permissions(struct xs_handle *h, xs_transaction_t t, const char *path,
			struct xs_permissions *perms, unsigned int num_perms);
bool xs_restrict(struct xs_handle *h, unsigned int domid); /* always false, ENOSYS */

/* Watches. Events that arrive while another call waits for its reply are queued. xs_fileno() is
 * readable while an event is queued or something arrived; poll that, never read it. */
bool xs_watch(struct xs_handle *h, const char *path, const char *token);
bool xs_unwatch(struct xs_handle *h, const char *path, const char *token);
int xs_fileno(struct xs_handle *h);
/* { path, token }, indexed by enum xs_watch_type. check: NULL and EAGAIN when there is none. */
char **xs_check_watch(struct xs_handle *h);
char **xs_read_watch(struct xs_handle *h, unsigned int *num);
bool xs_reset_watches(struct xs_handle *h);

xs_transaction_t xs_transaction_start(struct xs_handle *h); /* XBT_NULL on failure */
bool xs_transaction_end(struct xs_handle *h, xs_transaction_t t, bool abort);

bool xs_introduce_domain(struct xs_handle *h, unsigned int domid, unsigned long mfn,
			 unsigned int eventchn);
bool xs_set_target(struct xs_handle *h, unsigned int domid, unsigned int target);
bool xs_resume_domain(struct xs_handle *h, unsigned int domid);
bool xs_release_domain(struct xs_handle *h, unsigned int domid);
char *xs_get_domain_path(struct xs_handle *h, unsigned int domid);
bool xs_is_domain_introduced(struct xs_handle *h, unsigned int domid);
int xs_suspend_evtchn_port(int domid); /* -1 if there is none */

/* data: len further bytes, strings with their NULs; may be NULL. */
char *xs_control_command(struct xs_handle *h, const char *cmd, void *data, unsigned int len);
char *xs_debug_command(struct xs_handle *h, const char *cmd, void *data, unsigned int len);

/* ---- helpers without a connection ------------------------------------------------------------ */

bool xs_path_is_subpath(const char *parent, const char *child);
const char *xs_daemon_rundir(void);
const char *xs_daemon_socket(void);
const char *xs_daemon_socket_ro(void);
bool xs_write_all(int fd, const void *data, unsigned int len);
/* num NUL-terminated strings such as "n0" "r7", one after the other. */
bool xs_strings_to_perms(struct xs_permissions *perms, unsigned int num, const char *strings);
/* "n0" into buf of at least XS_PERM_STRLEN bytes. */
#define XS_PERM_STRLEN 16
bool xs_perm_to_string(const struct xs_permissions *perm, char *buf, size_t size);
/* Wire error name -> errno (EINVAL if unknown); errno -> name, NULL if the wire has none. */
int xs_error_number(const char *name);
const char *xs_error_name(int err);

/* ---- asynchronous client ----------------------------------------------------------------------
 * Every call only queues and returns; work happens in xs_async_process(), which the caller's loop
 * runs when xs_async_fd() is readable (or writable while xs_async_want_write()). Requests are
 * answered in the order in which they were made; many may be under way. A callback may make new
 * requests and drop watches; it must not call xs_async_process() or xs_async_close().
 *
 * err: 0, or a positive errno as in the blocking calls. EPIPE: the connection went before the
 * answer came, the request may or may not have been done. ECANCELED: xs_async_close() was called.
 * data is valid during the callback and followed by a NUL that len does not count.
 *
 * Queueing calls return 0 or -Exxx (then the callback is never called). done may be NULL. */

struct xs_async;
struct xs_async_watch;
typedef void xs_async_done_fn(struct xs_async *xa, int err, const char *data, unsigned int len,
			      void *arg);
typedef void xs_async_watch_fn(struct xs_async_watch *w, const char *path, void *arg);

struct xs_async *xs_async_open(void); /* NULL and errno; connecting to the local socket is immediate */
void xs_async_close(struct xs_async *xa); /* NULL allowed; pending: ECANCELED; watches are freed */
int xs_async_fd(const struct xs_async *xa); /* -1 while disconnected */
bool xs_async_want_write(const struct xs_async *xa);
/* Reads and writes what can be without waiting and runs callbacks. 0, or -Exxx when the connection
 * is lost: the fd is closed, pending requests have ended with EPIPE. Then xs_async_reopen() every
 * now and then until it returns 0: it connects anew and registers every watch again (each fires
 * once, so the owner sees what it missed). */
int xs_async_process(struct xs_async *xa);
int xs_async_reopen(struct xs_async *xa);
/* Requests made and not yet answered. */
unsigned int xs_async_pending(const struct xs_async *xa);

/* Any request: a payload of len bytes as in the protocol. The rest below are short forms. */
int xs_async_request(struct xs_async *xa, enum xsd_sockmsg_type type, xs_transaction_t t,
		     const void *payload, unsigned int len, xs_async_done_fn *done, void *arg);
int xs_async_read(struct xs_async *xa, xs_transaction_t t, const char *path,
		  xs_async_done_fn *done, void *arg);
int xs_async_write(struct xs_async *xa, xs_transaction_t t, const char *path, const void *data,
		   unsigned int len, xs_async_done_fn *done, void *arg);
int xs_async_mkdir(struct xs_async *xa, xs_transaction_t t, const char *path,
		   xs_async_done_fn *done, void *arg);
int xs_async_rm(struct xs_async *xa, xs_transaction_t t, const char *path,
		xs_async_done_fn *done, void *arg);
/* data: the names, each with its NUL. Folders of any size. */
int xs_async_directory(struct xs_async *xa, xs_transaction_t t, const char *path,
		       xs_async_done_fn *done, void *arg);
int xs_async_set_permissions(struct xs_async *xa, xs_transaction_t t, const char *path,
			     const struct xs_permissions *perms, unsigned int num_perms,
			     xs_async_done_fn *done, void *arg);
/* data: the transaction's id in decimal; strtoul() it. */
int xs_async_transaction_start(struct xs_async *xa, xs_async_done_fn *done, void *arg);
int xs_async_transaction_end(struct xs_async *xa, xs_transaction_t t, bool abort,
			     xs_async_done_fn *done, void *arg);
int xs_async_introduce_domain(struct xs_async *xa, unsigned int domid, unsigned long mfn,
			      unsigned int eventchn, xs_async_done_fn *done, void *arg);
int xs_async_release_domain(struct xs_async *xa, unsigned int domid, xs_async_done_fn *done,
			    void *arg);
int xs_async_resume_domain(struct xs_async *xa, unsigned int domid, xs_async_done_fn *done,
			   void *arg);

/* NULL and errno. The library chooses the token. If the daemon refuses the watch, fn is called
 * once with path NULL (errno says why) and the watch stays allocated until it is dropped.
 * Watching and dropping work while disconnected too. */
struct xs_async_watch *xs_async_watch(struct xs_async *xa, const char *path, xs_async_watch_fn *fn,
				      void *arg);
void xs_async_unwatch(struct xs_async_watch *w); /* NULL allowed; fn is not called any more */

#ifdef __cplusplus
}
#endif

#endif
