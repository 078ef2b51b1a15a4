# fuzz/hypercall_fuzz: hypercalls on arch/host. Runs its seeds, each also with random changes.

hypercall_fuzz-objs := $(O)/host/tests/fuzz/hypercall_fuzz.o $(O)/san/tests/fuzz/standalone.o \
                       $(patsubst hypervisor/%,$(O)/host/%,$(hv-host-y))

$(O)/host/tests/fuzz/hypercall_fuzz.o: tests/fuzz/hypercall_fuzz.c
	$(call say,CC,$< (host))
	@mkdir -p $(@D)
	$(Q)$(CC) $(HOST_CFLAGS) -c -o $@ $<

$(O)/fuzz/hypercall_fuzz: $(hypercall_fuzz-objs)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -fsanitize=address,undefined -o $@ $^ -lpthread

.PHONY: fuzz-hypercall
## make fuzz-hypercall  random hypercalls on arch/host (FUZZ_RUNS= per seed)
fuzz-hypercall: $(O)/fuzz/hypercall_fuzz
	$(Q)$< -n $(FUZZ_RUNS) tests/fuzz/seeds/hypercall
