# Machines: a demonstration, a shell in dom0, system tests. HV=ours|xen and TOOLS=ours|xl choose the
# corner, ACCEL=kvm or tcg how QEMU runs it, CHANNEL=hvc0|ttyS1 how the harness talks to dom0.

HV    ?= ours
TOOLS ?= ours
export O ACCEL HV TOOLS

hv-image := $(if $(filter ours,$(HV)),$(O)/hypervisor/xen)

.PHONY: run demo try system-check
## make run         the machine, interactive: a shell in dom0 (HV=ours|xen TOOLS=ours|xl; Ctrl-A x ends it)
run: deps
	@$(MAKE) --no-print-directory images $(hv-image)
	$(Q)$(PYTHON) tests/system/try.py --interactive

## make demo        from power-on to a guest's prompt, unattended (HV=xen: on the packaged Xen)
demo: deps
	@$(MAKE) --no-print-directory images $(hv-image)
	$(Q)$(PYTHON) tests/system/demo.py

## make try CMD=    run a command in dom0 of a fresh machine and print its output
try:
	@$(MAKE) --no-print-directory images $(hv-image)
	$(Q)$(PYTHON) tests/system/try.py '$(CMD)'

## make system-check  the system tests alone (T=EXPRESSION selects, CORNERS=hv-tools,... narrows)
system-check: images $(IMG)/system.cpio $(if $(hv-y),$(O)/hypervisor/xen)
	$(Q)$(PYTHON) tests/system/run.py -k '$(T)'

.PHONY: system-long check-long
## make system-long  the system tests that take minutes: many machines, a screen, a hundred rounds of domains (ROUNDS=N)
system-long:
	$(Q)LONG=1 $(MAKE) --no-print-directory system-check
check-long: system-long
