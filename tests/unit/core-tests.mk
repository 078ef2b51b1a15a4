# The hypervisor's core on arch/host.
unit-host-tests += hv_lib_test hv_heap_test hv_time_test hv_lock_test hv_sched_test hv_share_test \
                   hv_domain_test hv_console_test
