hv-y += $(addprefix hypervisor/arch/x86/mm/,types.o validate.o linear.o l1e.o mod_entry.o mmu_update.o \
        update_va.o mmuext.o pending.o walk.o vcpu.o perdomain.o gdt.o ldt.o descriptor.o ptwr.o \
        decode.o execute.o flush.o iomem.o guest_access.o share.o gnttab.o memory_ops.o pageinfo.o relinquish.o \
        dirty_map.o shadow_pool.o shadow.o logdirty.o)
