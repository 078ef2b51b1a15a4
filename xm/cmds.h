/* SPDX-License-Identifier: GPL-2.0-only */
/* cmds.h: every command's row. */
#ifndef XM_CMDS_H
#define XM_CMDS_H

#include "xm/xm.h"

extern const struct xm_cmd cmd_block_attach, cmd_block_detach, cmd_block_list, cmd_block_resize,
	cmd_channel_list, cmd_console, cmd_cpupool_list, cmd_create, cmd_debug_keys, cmd_delete,
	cmd_destroy, cmd_dmesg, cmd_domid, cmd_domname, cmd_domstate, cmd_dump_core, cmd_help,
	cmd_image_clone, cmd_image_create, cmd_image_delete, cmd_image_info, cmd_image_list,
	cmd_info, cmd_list, cmd_mem_max, cmd_mem_set, cmd_migrate,
	cmd_migrate_receive, cmd_network_attach, cmd_network_detach,
	cmd_network_list, cmd_pause, cmd_reboot, cmd_rename, cmd_restore, cmd_resume, cmd_save,
	cmd_sched_credit, cmd_sched_credit2, cmd_shell, cmd_shutdown, cmd_suspend, cmd_sysrq,
	cmd_trigger, cmd_unpause, cmd_uptime, cmd_vcpu_list, cmd_vcpu_pin, cmd_vcpu_set,
	cmd_vncviewer;

#endif
