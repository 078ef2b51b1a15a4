# unit/abi_test: one table of numbers made twice, from include/xen and from libxen-dev's headers.

abi-headers := $(shell find include/xen -name '*.h')
ABI_FLAGS   := $(filter-out -Iinclude,$(SAN_CFLAGS)) -I$(O)/unit/abi -Wno-undef

$(O)/unit/abi/abi-list.inc: tests/unit/abi_list.py $(abi-headers)
	$(call say,GEN,$@)
	@mkdir -p $(@D)
	$(Q)$(PYTHON) tests/unit/abi_list.py $(CC) include > $@

$(O)/unit/abi/ours.o: tests/unit/abi_table.c $(O)/unit/abi/abi-list.inc
	$(call say,CC,$@)
	$(Q)$(CC) $(ABI_FLAGS) -Iinclude -DABI_OURS -DABI_TABLE=abi_ours -c -o $@ $<

$(O)/unit/abi/libxen.o: tests/unit/abi_table.c $(O)/unit/abi/abi-list.inc
	$(call say,CC,$@)
	$(Q)$(CC) $(ABI_FLAGS) -D__XEN_TOOLS__ -DABI_TABLE=abi_libxen -c -o $@ $<

$(O)/unit/abi_test: $(O)/san/tests/unit/abi_test.o $(O)/unit/abi/ours.o $(O)/unit/abi/libxen.o
	$(call say,LD,$@)
	$(Q)$(CC) -fsanitize=address,undefined -o $@ $^ -lcmocka

unit-bins += $(O)/unit/abi_test
unit: $(O)/unit/abi_test
