# common/: first the core, then the guest interface. hv-host-y runs on arch/host as well; there
# lib/string.c is libc's part.
common-core := lib/strl.o lib/vsnprintf.o lib/bitops.o lib/cpumask.o spinlock.o symbol.o printk.o \
               console.o stamp.o param.o dom0_param.o keyhandler.o page.o page_alloc.o heap_lists.o heap_ranges.o heap_low.o domheap.o xmalloc.o timer.o \
               softirq.o sched.o sched_vcpu.o sched_credit.o sched_balance.o pool.o domain.o domain_life.o \
               vcpu.o rangeset.o keys.o crash_debug.o
hv-y      += $(addprefix hypervisor/common/,lib/string.o $(common-core))
hv-host-y += $(addprefix hypervisor/common/,$(common-core))

include $(wildcard hypervisor/common/*-objs.mk)
