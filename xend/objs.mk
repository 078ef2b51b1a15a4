# What reads a guest's disk for its kernel.
xend-boot-y := boot/disk.o boot/part.o boot/fs.o boot/menu.o boot/grub_word.o boot/grub_command.o boot/grub.o boot/bls.o \
               boot/pick.o boot/sandbox.o boot/source.o boot/boot.o qcow2.o
xend-boot-libs := -lext2fs -lcom_err
# Its own network.
xend-network-y := network.o network_bridge.o network_dnsmasq.o
xend-migrate-y := migrate.o migrate_child.o migrate_pace.o migrate_tls.o migrate_wire.o receive.o listen.o api_migrate.o
xend-core-y := $(xend-migrate-y) logfile.o cpuset.o uuid.o config.o config_boot.o boot/words.o config_cpus.o acceptor.o rpc_conn.o rpc_call.o store_batch.o worker.o ring.o \
               console.o console_service.o console_reader.o channel.o hvc.o device.o device_down.o device_errors.o device_list.o device_resize.o device_vbd.o device_vfb.o device_vif.o domain.o state.o nodes.o create.o dump.o memory.o teardown.o life.o events.o \
               core_foreign.o core_network.o describe.o core.o adopt.o api.o api_host.o api_create.o api_domain.o \
               api_sched.o api_tune.o api_device.o api_image.o image.o image_make.o image_seed.o run.o api_stream.o \
               api_save.o ask_suspend.o save.o restore.o suspend.o
xend-y := main.o options.o daemon.o backend_xen.o backend_xen_domain.o backend_xen_save.o backend_xen_settle.o backend_xen_host.o backend_xen_topology.o \
          backend_xen_store.o backend_xen_disk.o iotrace.o backend_xen_boot.o backend_xen_net.o netlink.o nft.o $(xend-network-y) vifscript.o nbd.o qemu.o qmp.o \
          $(xend-boot-y) $(xend-core-y)
# TLS between hosts: a program of its own, so that xend has no library for it.
xend-tls-y := tls_main.o
xend-tls-libs := -levent_openssl -levent -lssl -lcrypto
xend-libs := -levent -ljson-c -lnl-3 $(xend-boot-libs)
