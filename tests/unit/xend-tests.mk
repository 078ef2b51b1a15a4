# xend's unit tests: the daemon over a fake hypervisor and store.
xend-fake := $(addprefix tests/unit/xend_,fake.o fake_host.o fake_devices.o fake_store.o env.o expect.o) \
             $(addprefix xend/,$(xend-core-y)) util/log.o $(addprefix util/,$(util-spec-y))
unit-tool-tests += log_test xend_config_test xend_rpc_test xend_domain_test xend_tune_test xend_console_test
log_test-link := util/log.o
xend_config_test-link := xend/config.o xend/config_boot.o xend/boot/words.o $(addprefix util/,$(util-spec-y)) xend/config_cpus.o xend/uuid.o xend/cpuset.o
xend_config_test-libs := -ljson-c
xend_rpc_test-link := $(xend-fake)
xend_rpc_test-libs := -levent -ljson-c
xend_domain_test-link := $(xend-fake)
xend_domain_test-libs := -levent -ljson-c
xend_tune_test-link := $(xend-fake)
xend_tune_test-libs := -levent -ljson-c
xend_console_test-link := $(xend-fake)
xend_console_test-libs := -levent -ljson-c
unit-tool-tests += xend_hvc_test
xend_hvc_test-link := $(xend-fake)
xend_hvc_test-libs := -levent -ljson-c
unit-tool-tests += xend_device_test
xend_device_test-link := $(xend-fake) tests/unit/xend_devices.o
xend_device_test-libs := -levent -ljson-c
unit-tool-tests += xend_options_test
xend_options_test-link := xend/options.o
unit-tool-tests += xend_vif_test
xend_vif_test-link := $(xend-fake) tests/unit/xend_devices.o
xend_vif_test-libs := -levent -ljson-c
# The real thing, in a network namespace of its own where one can be had.
unit-tool-tests += xend_net_test
xend_net_test-link := $(addprefix xend/,netlink.o nft.o network.o run.o)
xend_net_test-libs := -lnl-3
unit-tool-tests += xend_boot_test
xend_boot_test-link := $(addprefix xend/,$(xend-boot-y) boot/words.o)
xend_boot_test-libs := $(xend-boot-libs)
unit-tool-tests += xend_image_test
xend_image_test-link := $(xend-fake) $(addprefix xend/,$(xend-boot-y))
xend_image_test-libs := -levent -ljson-c $(xend-boot-libs)
