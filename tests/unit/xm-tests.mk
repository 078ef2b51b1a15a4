# The configuration reader and the command line, over fakes.
unit-tool-tests += cfg_test xm_config_test xm_args_test xm_format_test xm_rpc_test
cfg_test-link := $(addprefix util/,$(util-cfg-y))
cfg_test-libs := -ljson-c
xm_config_test-link := $(cfg_test-link) xm/config.o xm/config_cmdline.o xm/config_vfb.o
xm_config_test-libs := -ljson-c
xm-linked := $(addprefix xm/,$(xm-core-y)) $(cfg_test-link) $(addprefix util/,$(util-savefile-y) savefile_nozstd.o) libxenctrl/sr_tables.o
xm_args_test-link := $(xm-linked) tests/unit/xm_env.o
xm_args_test-libs := $(filter-out -static -Wl%,$(xm-libs))
xm_format_test-link := xm/format.o xm/format_sched.o xm/format_sxp.o xm/json.o
xm_format_test-libs := -ljson-c
xm_rpc_test-link := $(xm-linked) tests/unit/xm_env.o
xm_rpc_test-libs := $(filter-out -static -Wl%,$(xm-libs)) -lpthread
