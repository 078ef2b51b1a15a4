# util/: what configurations say of devices.
unit-tool-tests += devspec_test
devspec_test-link := $(addprefix util/,$(util-spec-y))
