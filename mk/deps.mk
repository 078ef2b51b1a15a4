# Debian packages that the tree needs.

.PHONY: deps
## make deps        install missing Debian packages (as root or through sudo)
deps:
	$(Q)sh util/deps.sh mk/packages.list
