/* SPDX-License-Identifier: GPL-2.0-only */
/* config.h: what a domain is made from: one struct, its JSON form, its rules. */
#ifndef XEND_CONFIG_H
#define XEND_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <json-c/json.h>

#include "util/diskspec.h"
#include "xend/cpuset.h"

#define CONFIG_NAME_MAX	   200		/* it is a part of the names of logs and dumps */
#define CONFIG_VALUE_MAX   3900		/* a request to the store has 4096 bytes, the path among them */
#define CONFIG_LIST_MAX	   256		/* disks, vifs, ... */
#define CONFIG_VCPUS_MAX   32		/* shared_info has room for 32 */
#define CONFIG_CMDLINE_MAX 1023		/* start_info's field with its NUL is 1024 */
#define UUID_TEXT	   37

/* What to do when a domain stopped by itself. */
enum action { ACT_DESTROY, ACT_RESTART, ACT_PRESERVE, ACT_RENAME_RESTART, ACT_COREDUMP_DESTROY,
	ACT_COREDUMP_RESTART, ACT_COUNT };
const char *action_name(enum action a);

struct dom_config {
	char *name, *uuid, *kernel, *ramdisk, *cmdline, *description;
	char *bootloader;				/* "builtin", or NULL: kernel is a file */
	int64_t memory_mib, maxmem_mib, vcpus, maxvcpus, cpu_weight, cpu_cap;
	int64_t vcpu_avail;				/* bit = vcpu, < 0: the first `vcpus` */
	int64_t on_poweroff, on_reboot, on_crash;	/* enum action */
	int64_t owner;					/* uid, -1: none */
	int64_t tsc_mode;				/* XEN_DOMCTL_settscinfo's */
	struct json_object *extra_keys, *disk, *vif, *bootloader_args, *serial, *channel, *vfb;
	struct json_object *cpus, *cpus_soft;		/* a set of CPUs, or a list: one a vcpu */
};

/* Reads and checks everything that the text alone can tell; fills in defaults (uuid, maxmem, ...).
 * 0, or -Exxx and one sentence in `why`, naming the key. *ret_config is empty then. */
int config_from_json(struct json_object *json, struct dom_config *ret_config, char *why,
	size_t size);
struct json_object *config_to_json(const struct dom_config *config);
int config_copy(const struct dom_config *from, struct dom_config *ret_to);
void config_clear(struct dom_config *config);

/* The checks that need the host: kernel and ramdisk can be opened, devices can be given. */
int config_check_host(const struct dom_config *config, char *why, size_t size);

/* config_cpus.c: CPUs and vcpus. check: 0, or -EINVAL with the reason. */
int config_cpus_check(const char *key, struct json_object *cpus, char *why, size_t size);
/* Is there a set for this vcpu that is not just all CPUs? */
bool config_cpus_of(struct json_object *cpus, unsigned int vcpu, struct cpuset *ret_set);
/* The set of one vcpu, or of all (vcpu < 0), is now this text. */
int config_cpus_set(struct json_object **cpus, unsigned int maxvcpus, int vcpu, const char *text);
bool config_vcpu_online(const struct dom_config *config, unsigned int vcpu);

/* config_boot.c: where the kernel comes from. Fills in a bootloader where there is neither it nor a
 * kernel, but a disk. 0, or -Exxx with the reason. */
int config_boot_check(struct dom_config *config, char *why, size_t size);
/* bootloader_args; what is returned points into them. */
struct boot_want;
#define CONFIG_BOOT_WORDS 16
int config_boot_words(const struct dom_config *config, struct boot_want *ret_want, const char **ret_args,
	char *why, size_t size);
/* The first disk that is none of cdrom, empty, or a script's; to be cleared. */
int config_boot_disk(const struct dom_config *config, struct disk_spec *ret_spec, char *why, size_t size);

bool config_name_ok(const char *name);
int config_set_string(char **field, const char *value);
int uuid_new(char ret_text[UUID_TEXT]);
int uuid_parse(const char *text, uint8_t ret_uuid[16]);
void uuid_format(const uint8_t uuid[16], char ret_text[UUID_TEXT]);

#endif
