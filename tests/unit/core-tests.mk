# The hypervisor's core on arch/host.
unit-host-tests += hv_lib_test
