# make check: what CI runs. Parts: both compilers, lint, unit tests, tiny guests, system tests.
# tests/guests brings its own target `guests-check` once it is there.

CHECK_CLANG := $(O)/clang
# Guests of our own run on our hypervisor; both exist only when somebody has listed objects.
check-guests := $(if $(wildcard mk/guests.mk),guests=$(MAKE) --no-print-directory guests-check)

.PHONY: check check-build check-clang
## make check       everything: gcc and clang builds, lint, unit, guest and system tests
check: deps
	$(Q)bash tests/check.sh \
	    "build=$(MAKE) --no-print-directory -j$$(nproc) check-build" \
	    "clang=$(MAKE) --no-print-directory -j$$(nproc) check-clang" \
	    "lint=$(MAKE) --no-print-directory lint" \
	    "man=$(MAKE) --no-print-directory man-check" \
	    "install=$(MAKE) --no-print-directory install-check" \
	    "unit=$(MAKE) --no-print-directory -j$$(nproc) unit" \
	    $(if $(check-guests),"$(check-guests)") \
	    "disk=$(MAKE) --no-print-directory disk-check" \
	    "system=$(MAKE) --no-print-directory system-check"

# Parts are prerequisites that other files add.
.PHONY: check-long
## make check-long  the tests that take minutes each; some need root or a mirror
check-long:

# Only what has objects yet: an empty folder links nothing.
## make check-build check-clang  its two builds, gcc's with the images
check-build: $(if $(hv-y),hypervisor) $(image-libs) $(image-bins) images
check-clang:
	$(Q)$(MAKE) --no-print-directory CC=clang O=$(CHECK_CLANG) clang-build
## make clang-build  what check-clang makes, with the compiler of CC=
.PHONY: clang-build
clang-build: $(if $(hv-y),hypervisor) $(image-libs) $(image-bins)
