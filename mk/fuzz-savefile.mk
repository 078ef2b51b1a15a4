# fuzz/savefile_fuzz: saved domains. The seeds are what the unit test saves: the file, and its stream.

savefile_fuzz-objs := tests/fuzz/savefile_fuzz.o tests/fuzz/standalone.o \
                      $(addprefix libxenctrl/,$(libxenctrl-y) $(libxenctrl-fake)) \
                      $(addprefix util/,$(util-savefile-y) savefile_nozstd.o)

$(O)/fuzz/savefile_fuzz: $(addprefix $(O)/san/,$(savefile_fuzz-objs))
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -fsanitize=address,undefined -o $@ $^ $(libxenctrl-libs)

.PHONY: fuzz-savefile
## make fuzz-savefile  random saved domains through the readers (FUZZ_RUNS= per seed)
fuzz-savefile: $(O)/fuzz/savefile_fuzz $(O)/unit/xenctrl_save_test
	@mkdir -p $(O)/fuzz/savefile-seeds
	$(Q)SAVE_SEEDS=$(O)/fuzz/savefile-seeds $(O)/unit/xenctrl_save_test > /dev/null 2>&1
	$(Q)$< -n $(FUZZ_RUNS) $(O)/fuzz/savefile-seeds
