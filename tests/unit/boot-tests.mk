# The parts of arch/x86/boot that are arithmetic, as a process.
BOOTT        := $(O)/boottest
BOOTT_CFLAGS := $(HV_COMMON) -Ihypervisor/arch/x86/include -O1 -fno-omit-frame-pointer \
                -fsanitize=address,undefined -fno-sanitize-recover=all -DUNIT_TEST=1 -D_GNU_SOURCE \
                -include hv/compiler.h
boott-all    := $(addprefix $(BOOTT)/,hypervisor/arch/x86/boot/e820.o hypervisor/arch/x86/boot/early_mem.o \
                tests/unit/boot_mem_test.o)

$(BOOTT)/%.o: %.c
	$(call say,CC,$< (boot test))
	@mkdir -p $(@D)
	$(Q)$(CC) $(BOOTT_CFLAGS) -c -o $@ $<

$(O)/unit/boot_mem_test: $(boott-all)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -fsanitize=address,undefined -o $@ $^ -lcmocka

unit-bins += $(O)/unit/boot_mem_test
.SECONDARY: $(boott-all)

# The table of CPU features is arithmetic, too.
featt-all := $(addprefix $(BOOTT)/,hypervisor/arch/x86/pv/feature.o hypervisor/arch/x86/pv/feature_rows.o \
             tests/unit/hv_feature_test.o)
$(O)/unit/hv_feature_test: $(featt-all)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -fsanitize=address,undefined -o $@ $^ -lcmocka

unit-bins += $(O)/unit/hv_feature_test
.SECONDARY: $(featt-all)

# So is what goes into event counters.
proft-all := $(addprefix $(BOOTT)/,hypervisor/arch/x86/prof_model.o hypervisor/common/lib/strl.o tests/unit/hv_prof_model_test.o)
$(O)/unit/hv_prof_model_test: $(proft-all)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -fsanitize=address,undefined -o $@ $^ -lcmocka

unit-bins += $(O)/unit/hv_prof_model_test
.SECONDARY: $(proft-all)
