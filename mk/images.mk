# What machines boot from: Debian's kernel and packaged Xen (unpacked, not installed), the dom0
# and guest initramfs. No root needed.

IMG    := $(O)/images
DEBIAN := $(O)/debian
BUSYBOX ?= /usr/bin/busybox
IMG_SRC := tests/system/image
IMG_DEFS = -D O=$(O) -D TOP=. -D HERE=$(IMG_SRC) -D DEBIAN=$(DEBIAN) -D BUSYBOX=$(BUSYBOX) \
           -D XENBIN=$(DEBIAN)/root/usr/lib/xen-4.17/bin

# The libraries and binaries of ours that can be built today: those whose folder lists objects.
image-libs := $(foreach l,libxenctrl libxenstore,$(if $($(l)-y),$(O)/lib/$(l).a $(O)/lib/$(l).so))
image-bins := $(if $(xm-y),$(O)/xm/xm) $(if $(xend-y),$(O)/xend/xend $(O)/xend/xend-tls) \
              $(if $(xenstored-y),$(O)/xenstored/xenstored) $(addprefix $(O)/bin/,$(client-names))

## make images      kernels, packaged Xen and the initramfs of dom0 and guest
## make debian      Debian's kernels and the packaged Xen, downloaded and unpacked
.PHONY: images debian
images: $(IMG)/vmlinux $(IMG)/dom0.cpio
debian: $(DEBIAN)/.stamp

$(DEBIAN)/.stamp: mk/debian.list util/fetch-debian.sh
	$(call say,FETCH,$(DEBIAN))
	$(Q)sh util/fetch-debian.sh mk/debian.list $(DEBIAN)
	@touch $@

$(IMG)/vmlinux: $(DEBIAN)/.stamp util/extract-vmlinux.py
	$(call say,UNPACK,$@)
	@mkdir -p $(@D)
	$(Q)$(PYTHON) util/extract-vmlinux.py $(DEBIAN)/vmlinuz $@

$(O)/tests/%: tests/system/%.c
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(filter-out -fPIC -MMD -MP,$(TOOLS_CFLAGS)) -o $@ $< -lutil

$(IMG)/guest.cpio.gz: $(IMG_SRC)/guest.list $(DEBIAN)/.stamp util/mkimage.py
	$(call say,IMAGE,$@)
	@mkdir -p $(@D)
	$(Q)$(PYTHON) util/mkimage.py -o $(IMG)/guest.cpio -d $(IMG)/guest.d $(IMG_DEFS) $<
	$(Q)sed -i 's,^$(IMG)/guest.cpio:,$@:,' $(IMG)/guest.d
	$(Q)gzip -n -c $(IMG)/guest.cpio > $@

$(IMG)/dom0.cpio: $(IMG_SRC)/dom0.list $(IMG)/guest.cpio.gz $(O)/tests/agent $(O)/tests/fpu $(O)/tests/poke \
		$(domu-bins) $(DEBIAN)/.stamp $(image-bins) util/mkimage.py
	$(call say,IMAGE,$@)
	@mkdir -p $(@D)
	$(Q)$(PYTHON) util/mkimage.py -o $@ -d $(IMG)/dom0.d $(IMG_DEFS) \
	    $< $(if $(client-names),$(IMG)/clients.list)
$(if $(client-names),$(IMG)/dom0.cpio: $(IMG)/clients.list)

# For the system tests: the same with a newer kernel, if the mirror has one, and PV GRUB with a guest in it.
$(IMG)/system.cpio: $(IMG)/dom0.cpio $(IMG_SRC)/system.list $(IMG)/pvgrub $(IMG)/vmlinux.gz
	$(call say,IMAGE,$@)
	$(Q)$(PYTHON) util/mkimage.py -o $@ -d $(IMG)/system.d $(IMG_DEFS) $(IMG_SRC)/dom0.list \
	    $(if $(client-names),$(IMG)/clients.list) $(IMG_SRC)/system.list

$(IMG)/vmlinux.gz: $(IMG)/vmlinux
	$(Q)gzip -n -c $< > $@

$(IMG)/pvgrub: $(IMG_SRC)/pvgrub.cfg $(IMG)/guest.cpio.gz $(IMG)/vmlinux.gz $(DEBIAN)/.stamp mk/images.mk
	$(call say,GRUB,$@)
	@rm -rf $(IMG)/memdisk && mkdir -p $(IMG)/memdisk/boot/grub
	$(Q)cp $(IMG_SRC)/pvgrub.cfg $(IMG)/memdisk/boot/grub/grub.cfg
	$(Q)cp $(IMG)/guest.cpio.gz $(IMG)/memdisk/boot/initrd
	$(Q)cp $(IMG)/vmlinux.gz $(IMG)/memdisk/boot/vmlinux.gz
	$(Q)tar -C $(IMG)/memdisk --format=ustar --sort=name --mtime=@0 --owner=0 --group=0 -cf $@.tar boot
	$(Q)grub-mkimage -O x86_64-xen -d $(DEBIAN)/root/usr/lib/grub/x86_64-xen -m $@.tar \
	    -p '(memdisk)/boot/grub' -o $@ memdisk tar linux normal echo gzio
	@rm -rf $@.tar $(IMG)/memdisk

# Our small clients, whatever they are called.
$(IMG)/clients.list: $(wildcard xenstore/objs.mk)
	@mkdir -p $(@D)
	@{ printf 'libdir /lib/x86_64-linux-gnu\nlibpath $(O)/lib\n'; \
	   printf 'prog /usr/bin/%s $(O)/bin/%s\n' $(foreach c,$(client-names),$(c) $(c)); \
	   $(if $(xenstore-links),printf 'links /usr/bin xenstore $(xenstore-links)\n';) } > $@
