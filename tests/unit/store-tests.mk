# The store daemon over a fake machine, all with the sanitizers.
store-test-objs := $(addprefix xenstored/,$(xenstored-core-y)) util/log.o libxenstore/codec.o \
                   tests/unit/store_fake.o
store-tests := store_tx_test store_guest_test store_journal_test
unit-tool-tests += $(store-tests)
$(foreach t,$(store-tests),$(eval $(t)-link := $(store-test-objs))$(eval $(t)-libs := -levent))
