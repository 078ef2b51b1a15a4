# util/: what configurations say of devices.
unit-tool-tests += devspec_test
devspec_test-link := $(addprefix util/,$(util-spec-y))
unit-tool-tests += crc32c_test
crc32c_test-link := util/crc32c.o
