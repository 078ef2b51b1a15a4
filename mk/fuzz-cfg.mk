# fuzz/cfg_fuzz: configuration files. Runs its seeds, each also with random changes.

cfg_fuzz-objs := tests/fuzz/cfg_fuzz.o tests/fuzz/standalone.o $(addprefix util/,$(util-cfg-y)) \
                 xm/config.o xm/config_cmdline.o

$(O)/fuzz/cfg_fuzz: $(addprefix $(O)/san/,$(cfg_fuzz-objs))
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -fsanitize=address,undefined -o $@ $^ -ljson-c

.PHONY: fuzz-cfg
## make fuzz-cfg    random configuration files through the reader (FUZZ_RUNS= per seed)
fuzz-cfg: $(O)/fuzz/cfg_fuzz
	$(Q)$< -n $(FUZZ_RUNS) tests/fuzz/seeds/cfg
