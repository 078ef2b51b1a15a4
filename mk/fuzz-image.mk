# fuzz/image_fuzz: kernel images. Runs its seeds, each also with random changes, under ASan and UBSan.

FUZZ_RUNS ?= 500
image_fuzz-objs := tests/fuzz/image_fuzz.o tests/fuzz/standalone.o \
                   $(addprefix libxenctrl/,image_file.o image_unpack.o image_elf.o dom_layout.o)

$(O)/fuzz/image_fuzz: $(addprefix $(O)/san/,$(image_fuzz-objs))
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -fsanitize=address,undefined -o $@ $^ $(libxenctrl-libs)

.PHONY: fuzz-image
## make fuzz-image  random kernel images through the loader (FUZZ_RUNS= per seed)
fuzz-image: $(O)/fuzz/image_fuzz
	$(Q)$< -n $(FUZZ_RUNS) tests/fuzz/seeds/image
