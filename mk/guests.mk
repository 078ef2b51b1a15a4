# Tiny paravirtual kernels (tests/guests), booted as dom0 of the hypervisor under QEMU.

GUEST_CFLAGS := -std=gnu11 -g -O1 $(WARN) -Iinclude -ffreestanding -fno-stack-protector -mcmodel=kernel \
                -mno-red-zone -mno-sse -mno-mmx -msoft-float -fno-pic -fno-pie -fcf-protection=none \
                -fno-omit-frame-pointer -fno-asynchronous-unwind-tables -MMD -MP
guest-bins := $(addprefix $(O)/guests/,$(guests))
domu-bins := $(addprefix $(O)/guests/,$(domu-guests))

$(O)/guests/%.o: tests/guests/%.c
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(GUEST_CFLAGS) -c -o $@ $<

$(O)/guests/start-asm.o: tests/guests/start.S
	@mkdir -p $(@D)
	$(Q)$(CC) -c -o $@ $<

$(guest-bins) $(domu-bins): $(O)/guests/%: $(O)/guests/%.o $(O)/guests/start.o $(O)/guests/start-asm.o \
		$(O)/guests/child.o $(O)/guests/clock.o tests/guests/guest.lds
	$(call say,LD,$@)
	$(Q)$(LD) -nostdlib -static -z noexecstack --no-warn-rwx-segments -T tests/guests/guest.lds \
	    -o $@ $(filter %.o,$^)

$(O)/guests/control: $(O)/guests/control_sysctl.o
$(O)/guests/random: $(O)/guests/random_gen.o
$(O)/guests/grants: $(addprefix $(O)/guests/,grants_op.o grants_calls.o grants_child.o)
$(O)/guests/grants_smp: $(O)/guests/grants_op.o

# A loader for boot_firmware.py: 32 bits, at 128 MiB.
$(O)/guests/high_loader: tests/guests/high_loader.c
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(WARN) -std=gnu11 -m32 -O1 -ffreestanding -fno-pic -fno-pie -fno-stack-protector -fcf-protection=none \
	    -mno-sse -mno-mmx -fno-asynchronous-unwind-tables -c -o $@.o $<
	$(Q)$(LD) -m elf_i386 -nostdlib -static -z noexecstack --no-warn-rwx-segments -e start -Ttext=0x8000100 \
	    --section-start=.head=0x8000000 -o $@ $@.o

.PHONY: guests guests-check guests-long
## make guests      tiny guest kernels, built only
guests: $(guest-bins) $(domu-bins) $(O)/guests/high_loader
## make guests-check  tiny guest kernels on the hypervisor (HV=both: packaged Xen beside it; T=REGEX)
guests-check: hypervisor guests $(if $(filter xen both,$(HV)),$(O)/debian/.stamp)
	$(Q)$(PYTHON) tests/guests/run.py --hypervisor $(HVDIR)/xen --xen $(O)/debian/xen --hv $(HV) \
	    --log-dir $(O)/logs/guests $(guest-bins)
## make guests-long   a guest of random hypercalls for 10 minutes (GUEST_ARGS="seconds=600 seed=N")
guests-long: hypervisor guests
	$(Q)T=random TIMEOUT_SCALE=10 GUEST_ARGS="$(or $(GUEST_ARGS),seconds=600)" $(PYTHON) tests/guests/run.py \
	    --hypervisor $(HVDIR)/xen --log-dir $(O)/logs/guests-long $(guest-bins)

# With other random numbers each time; the log has the seed.
.PHONY: smp-check check-long
## make smp-check   vcpus under stress and CPUs started often, with random seeds (T=REGEX; minutes)
smp-check: hypervisor guests
	$(Q)$(PYTHON) tests/guests/run.py --long --hypervisor $(HVDIR)/xen --log-dir $(O)/logs/smp $(guest-bins)
check-long: smp-check guests-long
