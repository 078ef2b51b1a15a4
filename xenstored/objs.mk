# xenstored-core-y links into tests too; the rest needs a hypervisor or is main().
xenstored-core-y := mem.o smap.o treap.o node.o path.o quota.o access.o store.o edit.o tx.o watch.o \
                    domain.o conn.o ring.o request.o op_node.o op_conn.o op_domain.o op_control.o \
                    journal.o replay.o socket.o loop.o options.o
xenstored-y := $(xenstored-core-y) backend_xen.o daemon.o main.o
xenstored-libs := -levent
