# The store daemon over a fake machine, all with the sanitizers.
store-test-objs := $(addprefix xenstored/,$(xenstored-core-y)) util/log.o libxenstore/codec.o \
                   tests/unit/store_fake.o
store-tests := store_tx_test store_guest_test store_hostile_test store_journal_test
unit-tool-tests += $(store-tests)
$(foreach t,$(store-tests),$(eval $(t)-link := $(store-test-objs))$(eval $(t)-libs := -levent))

# The client library, with a daemon of its own in a child process.
unit-tool-tests += store_client_test
store_client_test-link := $(addprefix xenstored/,$(xenstored-core-y)) util/log.o \
                          $(addprefix libxenstore/,$(libxenstore-y))
store_client_test-libs := -levent
