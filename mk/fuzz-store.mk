# fuzz/store_fuzz: guests' rings and state files. Runs its seeds, each also with random changes.

FUZZ_RUNS ?= 500
store_fuzz-objs := tests/fuzz/store_fuzz.o tests/fuzz/standalone.o $(store-test-objs)

$(O)/fuzz/store_fuzz: $(addprefix $(O)/san/,$(store_fuzz-objs))
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -fsanitize=address,undefined -o $@ $^ -levent

.PHONY: fuzz-store
## make fuzz-store  random ring traffic and state files through xenstored (FUZZ_RUNS= per seed)
fuzz-store: $(O)/fuzz/store_fuzz
	$(Q)$< -n $(FUZZ_RUNS) tests/fuzz/seeds/store
