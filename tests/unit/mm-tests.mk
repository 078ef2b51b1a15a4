# Page-table code of arch/x86 as a process: its own headers from tests/unit/mm/include come first.
MMT        := $(O)/mmtest
MMT_CFLAGS := $(HV_COMMON) -Itests/unit/mm/include -Ihypervisor/arch/x86/include -O1 -pthread \
              -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize=object-size,pointer-overflow \
              -fno-sanitize-recover=all \
              -DUNIT_TEST=1 -D_GNU_SOURCE -include hv/compiler.h
mmt-mm     := $(addprefix hypervisor/arch/x86/mm/,types.o validate.o linear.o l1e.o mod_entry.o \
              mmu_update.o update_va.o mmuext.o pending.o walk.o vcpu.o perdomain.o gdt.o ldt.o descriptor.o ptwr.o \
              decode.o execute.o flush.o iomem.o share.o gnttab.o relinquish.o \
              dirty_map.o shadow_pool.o shadow.o logdirty.o) hypervisor/arch/x86/access.o
mmt-common := $(addprefix hypervisor/common/,rangeset.o page.o domheap.o lib/cpumask.o lib/bitops.o \
              lib/vsnprintf.o)
mmt-fake   := $(addprefix tests/unit/mm/,world.o audit.o guest.o guest_mem.o dirty.o)
mmt-all    := $(addprefix $(MMT)/,$(mmt-mm) $(mmt-common) $(mmt-fake))

$(MMT)/%.o: %.c
	$(call say,CC,$< (mm test))
	@mkdir -p $(@D)
	$(Q)$(CC) $(MMT_CFLAGS) -c -o $@ $<

$(MMT)/%.o: %.S
	$(call say,AS,$< (mm test))
	@mkdir -p $(@D)
	$(Q)$(CC) -c -o $@ $<

$(O)/unit/mm_%_test: $(MMT)/tests/unit/mm_%_test.o $(mmt-all)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -fsanitize=address,undefined -pthread -o $@ $^ -lcmocka

$(O)/unit/mm_decode_test: $(MMT)/tests/unit/mm/native.o
unit-bins += $(O)/unit/mm_guest_test $(O)/unit/mm_decode_test
.SECONDARY: $(mmt-all) $(addprefix $(MMT)/tests/unit/,mm_guest_test.o mm_decode_test.o)
