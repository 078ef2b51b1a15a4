# Unit tests, all with ASan and UBSan.
# unit-tool-tests += NAME_test: tests/unit/NAME_test.c plus NAME_test-link (objects) and NAME_test-libs.
# unit-host-tests += NAME_test: tests/unit/NAME_test.c linked with all of common/ on arch/host.
unit-tool-tests :=
unit-host-tests :=
include $(wildcard tests/unit/*-tests.mk)
