# The links that name the modes of xenstore.

store-links := $(addprefix $(O)/bin/,$(xenstore-links))
$(store-links): $(O)/bin/xenstore
	$(Q)ln -sf xenstore $@
tools: $(store-links)

# Other people's clients against the real daemon, as one more unit test program.
$(O)/unit/store_foreign_test: tests/store/foreign.py $(O)/xenstored/xenstored $(store-links)
	@mkdir -p $(@D)
	$(Q)printf '#!/bin/sh\nexec %s %s %s %s\n' $(PYTHON) $< $(O)/xenstored/xenstored $(O)/bin > $@
	$(Q)chmod +x $@
unit-bins += $(O)/unit/store_foreign_test
unit: $(O)/unit/store_foreign_test

# Requests per second of a store: XENSTORED_PATH=... build/bench/store_bench -c CLIENTS -s SECONDS
$(O)/bench/store_bench: $(O)/tests/bench/store_bench.o $(O)/lib/libxenstore.a
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -o $@ $^
