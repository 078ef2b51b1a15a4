# make install DESTDIR= PREFIX=/usr/local: what is built, its headers, pages, completions, units, and
# what puts the hypervisor in the boot menu. By wildcard, so that a new page or sample needs no line here.
# Folders that systemd, GRUB and kernel packages look in; SYSCONFDIR and BOOTDIR are theirs, not ours.

SYSCONFDIR ?= /etc
BOOTDIR    ?= /boot
LIBDIR     ?= $(PREFIX)/lib
UNITDIR    ?= $(PREFIX)/lib/systemd/system
D          := $(DESTDIR)$(PREFIX)
inst-lib   := $(DESTDIR)$(LIBDIR)
inst-etc   := $(DESTDIR)$(SYSCONFDIR)
inst-boot  := $(DESTDIR)$(BOOTDIR)/xen-pv

inst-sbin := $(filter %/xend %/xend-tls %/xenstored %/xen-unpack-kernel,$(image-bins))
inst-bin  := $(filter-out $(inst-sbin),$(image-bins))
inst-man  := $(wildcard man/*.[1-8])

# install-into: $(1) mode, $(2) folder, $(3) files; nothing for no files
install-into = $(if $(strip $(3)),install -d $(2) && install -m $(1) $(3) $(2),:)
# install-from: $(1) mode, $(2) file with @NAMES@ of folders, $(3) where to
install-from = install -d $(dir $(3)) && sed -e 's,@PREFIX@,$(PREFIX),g' -e 's,@BINDIR@,$(PREFIX)/bin,g' \
    -e 's,@SBINDIR@,$(PREFIX)/sbin,g' -e 's,@LIBDIR@,$(LIBDIR),g' -e 's,@BOOTDIR@,$(BOOTDIR),g' \
    $(2) > $(3) && chmod $(1) $(3)
# install-conf: $(1) file, $(2) where to; what somebody has edited stays, and ours lies beside it
install-conf = install -d $(dir $(2)) && if [ ! -e $(2) ] || cmp -s $(1) $(2); then \
    install -m 644 $(1) $(2) && rm -f $(2).new; \
    else install -m 644 $(1) $(2).new && echo "  kept    $(2), ours is $(notdir $(2)).new"; fi
# install-library: $(1) name
install-library = install -d $(inst-lib) && install -m 644 $(O)/lib/$(1).a $(inst-lib) && \
    install -m 644 $(O)/lib/$(1).so $(inst-lib)/$($(1)-soname) && \
    ln -sf $($(1)-soname) $(inst-lib)/$(1).so

.PHONY: install install-tools install-units install-boot uninstall
## make install     into DESTDIR, below PREFIX (default /usr/local); /etc and /boot stay /etc and /boot
install: install-tools install-units install-boot
	$(if $(DESTDIR),,@printf '%s\n' 'Installed. Next: ldconfig; systemctl daemon-reload; update-grub;' \
	    'systemctl enable proc-xen.mount xenstored xen-init-dom0 xend (docs/INSTALL.md has the whole way)')

## make install-tools install-units install-boot  its three parts
install-tools: $(image-libs) $(image-bins)
	$(Q)$(call install-into,755,$(D)/bin,$(inst-bin))
	$(Q)$(foreach l,$(xenstore-links),ln -sf xenstore $(D)/bin/$(l);)
	$(Q)$(call install-into,755,$(D)/sbin,$(inst-sbin))
	$(Q)$(foreach l,libxenctrl libxenstore,$(if $($(l)-y),$(call install-library,$(l));))
	$(Q)$(foreach l,libxenctrl libxenstore,$(call install-from,644,etc/$(l).pc.in,$(inst-lib)/pkgconfig/$(l).pc);)
	$(Q)$(call install-into,644,$(D)/include,$(wildcard include/*.h))
	$(Q)$(call install-into,644,$(D)/include/xen,$(wildcard include/xen/*.h))
	$(Q)$(foreach s,1 5 7 8,$(call install-into,644,$(D)/share/man/man$(s),$(filter %.$(s),$(inst-man)));)
	$(Q)$(call install-into,644,$(D)/share/bash-completion/completions,$(wildcard completions/*))
	$(Q)$(foreach f,$(wildcard etc/xm/*.cfg etc/*.conf),$(call install-conf,$(f),$(inst-etc)/xen/$(notdir $(f)));)
	$(Q)$(foreach f,$(wildcard etc/scripts/*),$(call install-conf,$(f),$(inst-etc)/xen/scripts/$(notdir $(f))) && \
	    chmod 755 $(inst-etc)/xen/scripts/$(notdir $(f));)

install-units:
	$(Q)$(foreach f,$(wildcard etc/systemd/*.in),$(call install-from,644,$(f),$(DESTDIR)$(UNITDIR)/$(notdir $(f:.in=)));)
	$(Q)$(call install-into,644,$(DESTDIR)$(UNITDIR),$(wildcard etc/systemd/*.mount etc/systemd/*.service))
	$(Q)$(foreach k,modules-load tmpfiles sysusers,install -D -m 644 etc/systemd/$(k).conf $(D)/lib/$(k).d/xen-pv.conf;)
	$(Q)$(call install-conf,etc/default/xen-pv,$(inst-etc)/default/xen-pv)
	$(Q)$(call install-conf,etc/logrotate.xend,$(inst-etc)/logrotate.d/xend)

install-boot: $(if $(hv-y),$(HVDIR)/xen)
	$(Q)$(if $(hv-y),install -D -m 644 $(HVDIR)/xen $(inst-boot)/hypervisor)
	$(Q)$(call install-from,755,boot/xen-pv-kernels.in,$(D)/sbin/xen-pv-kernels)
	$(Q)$(call install-from,755,boot/21_xen_pv.in,$(inst-etc)/grub.d/21_xen_pv)
	$(Q)$(foreach d,postinst postrm,$(call install-from,755,boot/kernel-hook.in,$(inst-etc)/kernel/$(d).d/xen-pv);)
	$(Q)$(call install-conf,boot/grub-default.cfg,$(inst-etc)/default/grub.d/xen-pv.cfg)

# What an installation makes is what it removes: found by making one. Edited configuration stays.
## make uninstall   removes what make install put there, and unpacked kernels; not what domains left
uninstall:
	$(Q)rm -rf $(O)/uninstall
	$(Q)$(MAKE) --no-print-directory install DESTDIR=$(abspath $(O)/uninstall) > /dev/null
	$(Q)sh util/uninstall.sh $(O)/uninstall '$(DESTDIR)' '$(SYSCONFDIR)' '$(BOOTDIR)'
	$(Q)rm -rf $(O)/uninstall

.PHONY: install-check
## make install-check  installation into a folder, units, scripts, boot entries; needs no machine
install-check: $(if $(hv-y),hypervisor) tools $(O)/guests/tiny
	$(Q)MAKE='$(MAKE)' CC='$(CC)' $(PYTHON) tests/install/install_check.py

$(IMG)/disk.img: $(wildcard tests/install/*) $(wildcard boot/*) $(HVDIR)/xen $(image-libs) $(image-bins) \
		$(O)/guests/tiny $(DEBIAN)/.stamp mk/install.mk util/mkimage.py
	$(call say,DISK,$@)
	@mkdir -p $(@D)
	$(Q)MAKE='$(MAKE)' BUSYBOX='$(BUSYBOX)' $(PYTHON) tests/install/disk.py $@

.PHONY: disk-check
## make disk-check  an installed disk boots by BIOS and by UEFI, from GRUB's menu to a guest (T=uefi selects)
disk-check: $(IMG)/disk.img
	$(Q)$(PYTHON) tests/install/disk_check.py $(IMG)/disk.img

# A Debian system, fetched once; needs a mirror, and root for what runs in it.
$(IMG)/debian-root.tar:
	$(call say,FETCH,$@)
	@mkdir -p $(@D)
	$(Q)mmdebstrap -q --variant=minbase --include=$(subst $(space),$(comma),$(strip $(debian-root-packages))) \
	    bookworm $@.new $(DEBIAN_MIRROR) && mv $@.new $@
DEBIAN_MIRROR ?= http://deb.debian.org/debian
comma := ,
space := $(subst ,, )
debian-root-packages := systemd-sysv udev dbus kmod linux-image-amd64 initramfs-tools zstd grub-common \
    grub2-common iproute2 procps logrotate libevent-2.1-7 libjson-c5 libreadline8 libzstd1 liblz4-1 liblzma5 \
    libxml2 libnl-3-200 libnftables1 dnsmasq-base

.PHONY: debian-check
## make debian-check  a Debian system with our units boots from an installed disk, by UEFI; long, needs root
debian-check: $(IMG)/debian-root.tar hypervisor tools $(O)/guests/tiny
	$(Q)MAKE='$(MAKE)' $(PYTHON) tests/install/disk.py $(IMG)/debian-disk.img $(IMG)/debian-root.tar
	$(Q)$(PYTHON) tests/install/disk_check.py $(IMG)/debian-disk.img debian
	$(Q)rm -f $(IMG)/debian-disk.img
check-long: debian-check
