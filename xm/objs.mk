xm-core-y := args.o call.o cmd_block.o cmd_console.o cmd_create.o cmd_help.o cmd_host.o cmd_image.o cmd_image_info.o cmd_life.o cmd_list.o cmd_migrate.o \
             cmd_network.o cmd_query.o cmd_save.o cmd_sched.o cmd_shell.o cmd_shutdown.o cmd_tune.o cmd_vncviewer.o config.o config_cmdline.o config_vfb.o config_xl.o \
             console.o device.o dispatch.o \
             format.o format_sched.o format_sxp.o json.o progress.o rpc.o table.o
xm-y := main.o $(xm-core-y)
# Static and in few segments: most of what a short command costs is loading and page faults. (ld warns
# of readline's completion of user names, which is not used.)
xm-libs := -static -Wl,--no-warnings,-z,noseparate-code -ljson-c -lreadline -ltinfo
