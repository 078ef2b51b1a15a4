/* SPDX-License-Identifier: GPL-2.0-only */
/* hypfs.c: hypfs_op: facts about the hypervisor, and parameters that may be changed while it runs, as files
 * below /. A table says what there is; directories of pools are made as they are looked at. Only dom0 may.
 *
 * Locks:   none: a parameter is one word, of a pool a copy is looked at.
 * Context: hypercalls. */
#include <hv/arch.h>
#include <hv/domain.h>
#include <hv/guest_access.h>
#include <hv/hypercall.h>
#include <hv/lib.h>
#include <hv/param.h>
#include <hv/pool.h>
#include <hv/version.h>
#include <asm/current.h>
#include <xen/hypfs.h>

#define NAME_SIZE 32
#define TEXT_SIZE 80

struct node {
	const char *name;
	uint8_t type;
	const struct node *children;    /* of a directory, the last without a name */
	bool of_pools;                  /* instead one for each CPU pool, all alike */
	const char *const *text;        /* of a string */
	const char *string;             /* of one that is a parameter */
	unsigned int *var;              /* of a number, or of a parameter, which is a string of it */
	bool is_level;                  /* by name, and once more after a slash */
	uint32_t max_write;
	long (*write)(const struct node *n, const char *text);
};

/* A path leads to one; `pool` if it is in the directory of one. */
struct file {
	const struct node *node;
	uint32_t pool;
};

/* --- contents ---------------------------------------------------------------------------------------------- */

/* Of a parameter: the command line's word does the same. */
static long write_param(const struct node *n, const char *text)
{
	char word[NAME_SIZE + TEXT_SIZE];

	snprintf(word, sizeof(word), "%s=%s", n->name, text);
	return param_set(word);
}

/* vcpus go about alone, and nothing else can be chosen while there are CPUs to run them on. */
static long write_granularity(const struct node *n, const char *text)
{
	static const char *const words[] = { "cpu", "core", "socket" };

	for (unsigned int i = 0; i < ARRAY_SIZE(words); i++)
		if (!strcmp(text, words[i]))
			return -EBUSY;
	return -EINVAL;
}

#define STRING(nm, what) { .name = nm, .type = XEN_HYPFS_TYPE_STRING, .text = &hv_version.what }
#define NUMBER(nm, where) { .name = nm, .type = XEN_HYPFS_TYPE_UINT, .var = &(where) }
#define DIR(nm, in) { .name = nm, .type = XEN_HYPFS_TYPE_DIR, .children = in }
#define PARAM(nm, level, size) { .name = #nm, .type = XEN_HYPFS_TYPE_STRING, .var = &boot_params.nm, \
	.is_level = level, .max_write = size, .write = write_param }

#define TEXT_PARAM(nm, field) { .name = nm, .type = XEN_HYPFS_TYPE_STRING, .string = boot_params.field, \
	.max_write = sizeof(boot_params.field), .write = write_param }

static unsigned int version_major = HV_VERSION_MAJOR, version_minor = HV_VERSION_MINOR;

static const struct node compile_nodes[] = {
	STRING("compile_by", compile_by), STRING("compile_date", compile_date),
	STRING("compile_domain", compile_domain), STRING("compiler", compiler), { NULL },
};
static const struct node version_nodes[] = {
	STRING("extra", extra), NUMBER("major", version_major), NUMBER("minor", version_minor), { NULL },
};
static const struct node build_nodes[] = {
	STRING("changeset", changeset), DIR("compileinfo", compile_nodes),
	{ .name = "config", .type = XEN_HYPFS_TYPE_STRING, .text = &arch_build_config },
	DIR("version", version_nodes), { NULL },
};
static const char *const granularity = "cpu";
static const struct node pool_nodes[] = {
	{ .name = "sched-gran", .type = XEN_HYPFS_TYPE_STRING, .text = &granularity, .max_write = 8,
		.write = write_granularity },
	{ NULL },
};
static const struct node pool_node = DIR("", pool_nodes);
static const struct node param_nodes[] = {
	TEXT_PARAM("conswitch", conswitch), TEXT_PARAM("crash-debug-debugkey", crash_debug[CRASH_DEBUGKEY]),
	TEXT_PARAM("crash-debug-hwdom", crash_debug[CRASH_HWDOM]),
	TEXT_PARAM("crash-debug-kexeccmd", crash_debug[CRASH_KEXECCMD]),
	TEXT_PARAM("crash-debug-panic", crash_debug[CRASH_PANIC]),
	TEXT_PARAM("crash-debug-watchdog", crash_debug[CRASH_WATCHDOG]), PARAM(gnttab_max_frames, false, 12),
	PARAM(gnttab_max_maptrack_frames, false, 12),
	PARAM(guest_loglvl, true, 16), PARAM(loglvl, true, 16), { NULL },
};
static const struct node root_nodes[] = {
	DIR("buildinfo", build_nodes), { .name = "cpupool", .type = XEN_HYPFS_TYPE_DIR, .of_pools = true },
	DIR("params", param_nodes), { NULL },
};
static const struct node root = DIR("", root_nodes);

/* Not of directories; in `text`, or where they always are. */
static const void *get_contents(const struct node *n, char text[TEXT_SIZE], uint32_t *ret_len)
{
	if (n->type == XEN_HYPFS_TYPE_UINT) {
		memcpy(text, n->var, *ret_len = sizeof(*n->var));
		return text;
	}
	if (n->text) {
		*ret_len = strlen(*n->text) + 1;
		return *n->text;
	}
	if (n->string)
		strlcpy(text, n->string, TEXT_SIZE);
	else if (n->is_level)
		snprintf(text, TEXT_SIZE, "%s/%s", param_level_name(*n->var), param_level_name(*n->var));
	else
		snprintf(text, TEXT_SIZE, "%u", *n->var);
	*ret_len = strlen(text) + 1;
	return text;
}

/* --- directories --------------------------------------------------------------------------------------------- */

/* The child at *at or after it, and its name; *at goes past it. */
static bool next_child(const struct node *dir, uint32_t *at, struct file *ret_f, char name[NAME_SIZE])
{
	struct cpupool p;

	if (!dir->of_pools) {
		ret_f->node = &dir->children[*at];
		if (!ret_f->node->name)
			return false;
		++*at;
		strlcpy(name, ret_f->node->name, NAME_SIZE);
		return true;
	}
	if (*at == CPUPOOL_ANY || pool_get_info(*at, &p))
		return false;
	*ret_f = (struct file){ &pool_node, p.id };
	*at = p.id + 1;
	snprintf(name, NAME_SIZE, "%u", p.id);
	return true;
}

static uint32_t entry_size(const char *name)
{
	return offsetof(struct xen_hypfs_dirlistentry, name) + ((strlen(name) + 1 + 3) & ~3U);
}

static uint32_t dir_size(const struct node *dir)
{
	char name[NAME_SIZE];
	struct file f;
	uint32_t at = 0, n = 0;

	while (next_child(dir, &at, &f, name))
		n += entry_size(name);
	return n;
}

static struct xen_hypfs_direntry describe(const struct node *n)
{
	struct xen_hypfs_direntry e = { .type = n->type, .max_write_len = n->max_write };
	char text[TEXT_SIZE];

	if (n->type == XEN_HYPFS_TYPE_DIR)
		e.content_len = dir_size(n);
	else
		(void)get_contents(n, text, &e.content_len);
	return e;
}

/* No more than `size` bytes, as pools come and go; the last entry says that it is. */
static long read_dir(const struct node *dir, unsigned long guest, uint32_t size)
{
	char name[NAME_SIZE], next_name[NAME_SIZE];
	struct file f, next;
	uint32_t at = 0, len;
	bool more = next_child(dir, &at, &f, name);

	while (more) {
		union {
			struct xen_hypfs_dirlistentry d;
			char bytes[offsetof(struct xen_hypfs_dirlistentry, name) + NAME_SIZE + 4];
		} e;

		memset(&e, 0, sizeof(e));
		e.d.e = describe(f.node);
		len = entry_size(name);
		size -= len;
		more = next_child(dir, &at, &next, next_name) && entry_size(next_name) <= size;
		e.d.off_next = more ? len : 0;
		strlcpy(e.bytes + offsetof(struct xen_hypfs_dirlistentry, name), name, NAME_SIZE);
		if (copy_to_guest_raw((void *)guest, &e, len))
			return -EFAULT;
		guest += len;
		f = next;
		memcpy(name, next_name, sizeof(name));
	}
	return 0;
}

/* --- paths --------------------------------------------------------------------------------------------------- */

static bool find_pool(const char *name, size_t len, struct file *ret_f)
{
	struct cpupool p;
	uint64_t id = 0;

	for (size_t i = 0; i < len; i++) {
		if (name[i] < '0' || name[i] > '9' || id > CPUPOOL_ANY)
			return false;
		id = id * 10 + name[i] - '0';
	}
	*ret_f = (struct file){ &pool_node, id };
	return len && id < CPUPOOL_ANY && !pool_get_info(id, &p) && p.id == id;
}

static bool find_child(const struct file *dir, const char *name, size_t len, struct file *ret_f)
{
	const struct node *n = dir->node->children;

	if (dir->node->type != XEN_HYPFS_TYPE_DIR)
		return false;
	if (dir->node->of_pools)
		return find_pool(name, len, ret_f);
	for (; n->name; n++)
		if (strlen(n->name) == len && !strncmp(n->name, name, len))
			break;
	*ret_f = (struct file){ n, dir->pool };
	return n->name;
}

static long find(const char *path, struct file *ret_f)
{
	struct file f = { &root, 0 };
	const char *end;

	if (*path++ != '/')
		return -EINVAL;
	while (*path) {
		struct file child;

		end = strchr(path, '/');
		if (!end)
			end = path + strlen(path);
		if (!find_child(&f, path, end - path, &child))
			return -ENOENT;
		if (*end && child.node->type != XEN_HYPFS_TYPE_DIR)
			return -ENOENT;
		f = child;
		path = end + (*end == '/');
	}
	*ret_f = f;
	return 0;
}

/* --- the hypercall --------------------------------------------------------------------------------------------- */

static long read_file(const struct node *n, unsigned long guest, uint64_t size)
{
	struct xen_hypfs_direntry e = describe(n);
	char text[TEXT_SIZE];
	const void *contents;
	uint32_t len;

	if (size < sizeof(e))
		return -EINVAL;
	if (copy_to_guest_raw((void *)guest, &e, sizeof(e)))
		return -EFAULT;
	if (size - sizeof(e) < e.content_len)
		return -ENOBUFS;
	guest += sizeof(e);
	if (n->type == XEN_HYPFS_TYPE_DIR)
		return read_dir(n, guest, e.content_len);
	contents = get_contents(n, text, &len);
	return copy_to_guest_raw((void *)guest, contents, min(len, e.content_len)) ? -EFAULT : 0;
}

static long write_file(const struct node *n, unsigned long guest, uint64_t size)
{
	char text[TEXT_SIZE];

	if (!n->max_write)
		return -EACCES;
	/* A parameter may be written with more, such as spaces, than it reads. */
	if (size > (n->var ? sizeof(text) : n->max_write))
		return -ENOSPC;
	if (copy_from_guest_raw(text, (const void *)guest, size))
		return -EFAULT;
	if (!size || memchr(text, 0, size) != text + size - 1)
		return n->var ? -EDOM : -EINVAL;
	return n->write(n, text);
}

static long get_path(char path[XEN_HYPFS_MAX_PATHLEN], unsigned long guest, uint64_t len)
{
	if (len > XEN_HYPFS_MAX_PATHLEN)
		return -EINVAL;
	if (copy_from_guest_raw(path, (const void *)guest, len))
		return -EFAULT;
	return len && memchr(path, 0, len) == path + len - 1 ? 0 : -EINVAL;
}

/* arg: operation, path, its length, buffer, its size. */
long do_hypfs_op(unsigned long arg[])
{
	char path[XEN_HYPFS_MAX_PATHLEN];
	struct file f;
	long rc;

	if (!current->domain->is_privileged)
		return -EPERM;
	if ((uint32_t)arg[0] == XEN_HYPFS_OP_get_version)
		return arg[1] || arg[2] || arg[3] || arg[4] ? -EINVAL : XEN_HYPFS_VERSION;
	rc = get_path(path, arg[1], arg[2]);
	if (!rc)
		rc = find(path, &f);
	if (rc)
		return rc;
	switch ((uint32_t)arg[0]) {
	case XEN_HYPFS_OP_read:
		return read_file(f.node, arg[3], arg[4]);
	case XEN_HYPFS_OP_write_contents:
		return write_file(f.node, arg[3], arg[4]);
	default:
		return -EOPNOTSUPP;
	}
}
