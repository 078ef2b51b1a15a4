# fuzz/boot_fuzz: guests' disks and boot menus. Its seeds are menus, and disks made of them, each also with
# random changes.

FUZZ_RUNS ?= 500
boot_fuzz-objs := tests/fuzz/boot_fuzz.o tests/fuzz/standalone.o \
                  $(addprefix xend/boot/,disk.o part.o fs.o menu.o grub_word.o grub_command.o grub.o bls.o pick.o)
boot-seeds := tests/fuzz/seeds/boot

$(O)/fuzz/boot_fuzz: $(addprefix $(O)/san/,$(boot_fuzz-objs))
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -fsanitize=address,undefined -o $@ $^ $(xend-boot-libs)

$(O)/fuzz/boot-disks: tests/fuzz/boot_disks.sh $(wildcard $(boot-seeds)/*)
	$(call say,DISKS,$@)
	@mkdir -p $(@D)
	$(Q)sh tests/fuzz/boot_disks.sh $(boot-seeds) $@

.PHONY: fuzz-boot
## make fuzz-boot   random disks and boot menus through the boot reader (FUZZ_RUNS= per seed)
fuzz-boot: $(O)/fuzz/boot_fuzz $(O)/fuzz/boot-disks
	$(Q)$< -n $(FUZZ_RUNS) $(boot-seeds) $(O)/fuzz/boot-disks
