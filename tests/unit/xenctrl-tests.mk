# libxenctrl: the image loader, the builder and the calls, on a fake machine.
unit-tool-tests += xenctrl_image_test xenctrl_dom_test

xenctrl_image_test-link := $(addprefix libxenctrl/,image_file.o image_unpack.o image_elf.o)
xenctrl_image_test-libs := $(libxenctrl-libs)
xenctrl_dom_test-link   := $(addprefix libxenctrl/,$(libxenctrl-y) fake.o)
xenctrl_dom_test-libs   := $(libxenctrl-libs)
