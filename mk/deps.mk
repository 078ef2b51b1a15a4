# Debian packages that the tree needs.

.PHONY: deps
## make deps        install missing Debian packages (as root or through sudo)
deps:
	$(Q)sh util/deps.sh mk/packages.list

# Before anything is made: a word about what is missing, until nothing is.
ifeq ($(MAKELEVEL)$(filter deps demo run check bench help clean,$(MAKECMDGOALS)),0)
deps-note := $(shell [ $(O)/.deps -nt mk/packages.list ] || \
    { sh util/deps.sh --check mk/packages.list >&2 && mkdir -p $(O) && touch $(O)/.deps; })
endif
