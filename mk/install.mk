# make install DESTDIR= PREFIX=/usr/local: what is built, its headers, pages, completions, samples.
# By wildcard, so that a new page or sample needs no line here.

SYSCONFDIR ?= /etc
BOOTDIR    ?= /boot
D          := $(DESTDIR)$(PREFIX)

inst-sbin := $(filter %/xend %/xenstored,$(image-bins))
inst-bin  := $(filter-out $(inst-sbin),$(image-bins))
inst-man  := $(wildcard man/*.[1-8])

# install-into: $(1) mode, $(2) folder, $(3) files; nothing for no files
install-into = $(if $(strip $(3)),install -d $(2) && install -m $(1) $(3) $(2),:)

.PHONY: install
## make install     into DESTDIR, below PREFIX (default /usr/local); /etc and /boot stay /etc and /boot
install: $(if $(hv-y),$(HVDIR)/xen) $(image-libs) $(image-bins)
	$(Q)$(call install-into,755,$(D)/bin,$(inst-bin))
	$(Q)$(foreach l,$(xenstore-links),ln -sf xenstore $(D)/bin/$(l);)
	$(Q)$(call install-into,755,$(D)/sbin,$(inst-sbin))
	$(Q)$(call install-into,644,$(D)/lib,$(filter %.a,$(image-libs)))
	$(Q)$(call install-into,755,$(D)/lib,$(filter %.so,$(image-libs)))
	$(Q)$(foreach l,libxenctrl libxenstore,$(if $($(l)-y),ln -sf $(l).so $(D)/lib/$($(l)-soname);))
	$(Q)$(call install-into,644,$(D)/include,$(wildcard include/*.h))
	$(Q)$(call install-into,644,$(D)/include/xen,$(wildcard include/xen/*.h))
	$(Q)$(foreach s,1 5 7 8,$(call install-into,644,$(D)/share/man/man$(s),$(filter %.$(s),$(inst-man)));)
	$(Q)$(call install-into,644,$(D)/share/bash-completion/completions,$(wildcard completions/*))
	$(Q)$(call install-into,644,$(D)/lib/systemd/system,$(wildcard etc/*.service))
	$(Q)$(call install-into,644,$(DESTDIR)$(SYSCONFDIR)/xen,$(wildcard etc/xm/*.cfg etc/*.conf))
	$(Q)$(call install-into,755,$(DESTDIR)$(SYSCONFDIR)/xen/scripts,$(wildcard etc/scripts/*))
	$(Q)$(if $(hv-y),install -D -m 644 $(HVDIR)/xen $(DESTDIR)$(BOOTDIR)/xen-ours)
