# Side by side with the packaged Xen: tests/bench.

BENCH_GUESTS := $(addprefix $(O)/bench/guests/,$(bench-guests))

$(O)/bench/guests/%.o: tests/bench/guests/%.c
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(GUEST_CFLAGS) -O2 -c -o $@ $<

$(O)/bench/guests/entry.o: tests/bench/guests/entry.S
	@mkdir -p $(@D)
	$(Q)$(CC) -c -o $@ $<

$(BENCH_GUESTS): $(O)/bench/guests/%: $(O)/bench/guests/%.o $(O)/bench/guests/bench.o $(O)/bench/guests/entry.o \
		$(O)/guests/start.o $(O)/guests/start-asm.o $(O)/guests/child.o $(O)/guests/clock.o tests/guests/guest.lds
	$(call say,LD,$@)
	$(Q)$(LD) -nostdlib -static -z noexecstack --no-warn-rwx-segments -T tests/guests/guest.lds \
	    -o $@ $(filter %.o,$^)

$(O)/bench/linux_loops: tests/bench/linux_loops.c
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(filter-out -fPIC -MMD -MP,$(TOOLS_CFLAGS)) -static -o $@ $<

.PHONY: bench bench-deps
## make bench-deps  install what only the bench needs
## make bench       ours and the packaged Xen side by side (T=EXPRESSION, QUICK=1, ROUNDS=N)
bench: bench-deps hypervisor images $(BENCH_GUESTS) $(O)/bench/linux_loops $(O)/bench/store_bench
	$(Q)$(PYTHON) tests/bench/bench.py --build $(O) --json $(O)/bench/bench.json

bench-deps: deps
	$(Q)sh util/deps.sh mk/bench-packages.list

# The parser and the report, as one more unit test program, and what the bench runs is built; the bench
# itself is no part of make check.
$(O)/unit/bench_report_test: tests/bench/report_test.py $(BENCH_GUESTS) $(O)/bench/linux_loops $(O)/bench/store_bench
	@mkdir -p $(@D)
	$(Q)printf '#!/bin/sh\nexec %s %s\n' $(PYTHON) $< > $@
	$(Q)chmod +x $@
unit-bins += $(O)/unit/bench_report_test
unit: $(O)/unit/bench_report_test
