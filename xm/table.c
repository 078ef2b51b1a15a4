/* SPDX-License-Identifier: GPL-2.0-only */
/* table.c: the commands, in the order of help; and those of old that are not coming. */
#include "xm/cmds.h"

#include <errno.h>
#include <string.h>

const struct xm_cmd *const xm_table[] = {
	&cmd_block_attach, &cmd_block_detach, &cmd_block_list, &cmd_block_resize,
	&cmd_channel_list, &cmd_console, &cmd_cpupool_list, &cmd_create, &cmd_debug_keys,
	&cmd_delete, &cmd_destroy, &cmd_dmesg, &cmd_domid, &cmd_domname, &cmd_domstate,
	&cmd_dump_core, &cmd_help, &cmd_image_clone, &cmd_image_create, &cmd_image_delete,
	&cmd_image_info, &cmd_image_list, &cmd_info, &cmd_list, &cmd_mem_max, &cmd_mem_set, &cmd_migrate,
	&cmd_migrate_receive,
	&cmd_network_attach, &cmd_network_detach, &cmd_network_list, &cmd_pause, &cmd_reboot,
	&cmd_rename, &cmd_restore, &cmd_resume, &cmd_save, &cmd_sched_credit, &cmd_sched_credit2,
	&cmd_shell, &cmd_shutdown, &cmd_suspend, &cmd_sysrq, &cmd_trigger, &cmd_unpause,
	&cmd_uptime, &cmd_vcpu_list, &cmd_vcpu_pin, &cmd_vcpu_set, &cmd_vncviewer,
	NULL,
};

/* A word that ends with '*' stands for all that start so. */
static const struct {
	const char *word, *reason;
} obsolete[] = {
	{ "event-monitor", "it belonged to the XenAPI; use events.subscribe, see xend-rpc(7)" },
	{ "button-press", "paravirtual guests have no buttons; use 'xm shutdown' or 'xm trigger'" },
	{ "sched-sedf", "the hypervisor has no SEDF scheduler" },
	{ "tmem-*", "transcendent memory was removed from Xen" },
	{ "block-configure", "it changes removable media of fully virtualised guests" },
	{ "network2-*", "netchannel2 was never finished" },
	{ "network-new", "it belonged to the XenAPI" },
	{ "network-del", "it belonged to the XenAPI" },
	{ "network-show", "it belonged to the XenAPI" },
	{ "vnet-*", "virtual networks were removed from Xen" },
	{ "pci-*", "there is no PCI passthrough" },
	{ "scsi-*", "there is no PVSCSI" },
	{ "usb-*", "there is no USB passthrough" },
	{ "vtpm-list", "there is no virtual TPM" },
	{ "setpolicy", "there is no ACM or XSM policy" },
	{ "resetpolicy", "there is no ACM or XSM policy" },
	{ "getpolicy", "there is no ACM or XSM policy" },
	{ "dumppolicy", "there is no ACM or XSM policy" },
	{ "labels", "there is no ACM or XSM policy" },
	{ "addlabel", "there is no ACM or XSM policy" },
	{ "rmlabel", "there is no ACM or XSM policy" },
	{ "getlabel", "there is no ACM or XSM policy" },
	{ "dry-run", "there is no ACM or XSM policy; 'xm create -n' checks a configuration" },
	{ "resources", "there is no ACM or XSM policy" },
	{ "getenforce", "there is no Flask policy" },
	{ "setenforce", "there is no Flask policy" },
};

const char *xm_obsolete(const char *word)
{
	size_t len;

	for (size_t i = 0; i < sizeof(obsolete) / sizeof(obsolete[0]); i++) {
		len = strlen(obsolete[i].word);
		if (!strcmp(word, obsolete[i].word) || (obsolete[i].word[len - 1] == '*' &&
				!strncmp(word, obsolete[i].word, len - 1)))
			return obsolete[i].reason;
	}
	return NULL;
}

static bool is_alias(const struct xm_cmd *cmd, const char *word)
{
	for (int i = 0; i < XM_ALIASES_MAX && cmd->aliases[i]; i++)
		if (!strcmp(cmd->aliases[i], word))
			return true;
	return false;
}

int xm_find(const struct xm_cmd *const *table, const char *word, const struct xm_cmd **ret_cmd,
	bool *ret_alias)
{
	const struct xm_cmd *found = NULL;
	size_t len = strlen(word);
	int count = 0;

	for (int i = 0; table[i]; i++) {
		bool exact = !strcmp(table[i]->name, word), alias = is_alias(table[i], word);

		if (exact || alias) {
			*ret_cmd = table[i];
			*ret_alias = !exact;
			return 0;
		}
		if (!strncmp(table[i]->name, word, len)) {
			found = table[i];
			count++;
		}
	}
	if (len < 2 || !count)
		return -ENOENT;
	if (count > 1)
		return -ENOTUNIQ;
	*ret_cmd = found;
	*ret_alias = false;
	return 0;
}
