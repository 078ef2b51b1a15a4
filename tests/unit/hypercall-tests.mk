# The guest interface on arch/host.
unit-host-tests += hv_event_test hv_event_model_test hv_event_fifo_test hv_grant_test hv_grant_death_test hv_memory_op_test hv_calls_test hv_ctl_test hv_sysctl_test hv_trace_test hv_prof_test hv_race_test hv_rangeset_test
