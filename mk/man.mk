# make man-check: tables of commands, options, keys and parameters against their manual pages.

.PHONY: man-check
## make man-check   every row of the tables is in its manual page, and nothing else
man-check: $(O)/xm/xm
	$(Q)$(PYTHON) tests/man_check.py $(O)/xm/xm
