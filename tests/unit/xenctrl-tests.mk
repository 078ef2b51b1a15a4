# libxenctrl: the image loader, the builder and the calls, on a fake machine.
unit-tool-tests += xenctrl_image_test xenctrl_dom_test xenctrl_dump_test xenctrl_calls_test \
		   xenctrl_save_test xenctrl_save_bad_test xenctrl_live_test

xenctrl_image_test-link := $(addprefix libxenctrl/,image_file.o image_unpack.o image_elf.o)
xenctrl_image_test-libs := $(libxenctrl-libs)
xenctrl-fake            := $(addprefix libxenctrl/,$(libxenctrl-y) $(libxenctrl-fake)) tests/unit/xenctrl_guest.o
xenctrl_dom_test-link   := $(xenctrl-fake)
xenctrl_dom_test-libs   := $(libxenctrl-libs)
xenctrl_dump_test-link  := $(xenctrl-fake)
xenctrl_dump_test-libs  := $(libxenctrl-libs)
xenctrl_calls_test-link := $(xenctrl-fake)
xenctrl_calls_test-libs := $(libxenctrl-libs)
xenctrl-save            := $(addprefix libxenctrl/,$(libxenctrl-y) $(libxenctrl-fake)) tests/unit/xenctrl_save.o $(addprefix util/,$(util-savefile-y) savefile_nozstd.o)
xenctrl_save_test-link  := $(xenctrl-save)
xenctrl_save_test-libs  := $(libxenctrl-libs)
xenctrl_save_bad_test-link := $(xenctrl-save)
xenctrl_save_bad_test-libs := $(libxenctrl-libs)
xenctrl_live_test-link  := $(xenctrl-save)
xenctrl_live_test-libs  := $(libxenctrl-libs)
