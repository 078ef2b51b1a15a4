# The guest interface: hypercalls common to all architectures.
common-abi := hypercall.o multicall.o version.o page_offline.o kexec.o console_io.o misc_ops.o refused_ops.o hypfs.o sched_op.o vcpu_op.o watchdog.o \
              event/port.o event/deliver.o event/fifo.o event/bind.o event/close.o event/virq.o event/op.o \
              memory/memory_op.o memory/reservation.o memory/exchange.o memory/resource.o memory/vnuma.o \
              grant/table.o grant/version.o grant/pin.o grant/maptrack.o grant/keys.o grant/copy.o grant/cache.o \
              grant/transfer.o grant/op.o \
              domctl/domctl.o domctl/life.o domctl/config.o domctl/vcpu.o domctl/bitmap.o domctl/guest.o \
              sysctl/sysctl.o sysctl/info.o sysctl/pools.o sysctl/power.o sysctl/refused.o \
              trace/buffer.o trace/control.o trace/records.o prof/op.o prof/buffer.o
hv-y      += $(addprefix hypervisor/common/,$(common-abi))
hv-host-y += $(addprefix hypervisor/common/,$(common-abi))
