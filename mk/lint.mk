# make lint: style and syntax, under a minute.

.PHONY: lint
## make lint        lengths, licences, headers alone, shell, python, man pages, cppcheck
lint: $(if $(hv-y),$(HVDIR)/asm-offsets.h)
	$(Q)CC='$(CC)' LINT_TOOLS_CFLAGS='$(TOOLS_CFLAGS)' LINT_HV_CFLAGS='$(HV_CFLAGS) -I$(HVDIR)' \
	    $(PYTHON) tests/lint.py
