# A whole Debian guest, of the image that `xm image create` makes. The recipe runs here, on the machine that
# builds, as it does in dom0; it needs a mirror, and root.

# Where the Makefile does not look for its own *.d.
DEBIAN_TREE = $(DEBIAN)/guest.tree

$(O)/images/debian-guest.disk: etc/scripts/image-debian
	$(call say,DEBIAN,$@)
	@mkdir -p $(@D)
	$(Q)rm -rf $(DEBIAN_TREE) $@.images && mkdir -p $(DEBIAN) $@.images
	$(Q)IMAGE_MIRROR='$(DEBIAN_MIRROR)' IMAGE_UUID=22222222-3333-4444-5555-666666666666 \
	    unshare --mount --pid --fork --kill-child --mount-proc $< $(DEBIAN_TREE)
	$(Q)mke2fs -q -F -t ext4 -U 22222222-3333-4444-5555-666666666666 -d $(DEBIAN_TREE) $@.images/base.raw 3G > /dev/null
	$(Q)echo '{"format":"raw","created":0,"source":"debian"}' > $@.images/base.json
	$(Q)mke2fs -q -F -t ext4 -O ^has_journal -d $@.images $@ 12G > /dev/null
	$(Q)rm -rf $(DEBIAN_TREE) $@.images

.PHONY: debian-guest-check debian-guest-disk
## make debian-guest-disk  the disk that debian-guest-check boots, made as `xm image create` does
debian-guest-disk: $(O)/images/debian-guest.disk
## make debian-guest-check  whole Debian guests boot from raw and qcow2 images; long, needs root and a mirror
debian-guest-check: $(O)/images/debian-guest.disk images hypervisor tools
	$(Q)$(PYTHON) tests/system/debian_guest.py $<
check-long: debian-guest-check

.PHONY: image-check
## make image-check  `xm image create` of Debian: xend's own way, without the machine; long, needs root and a mirror
image-check: $(O)/unit/xend_image_test
	$(Q)IMAGE_DEBIAN='$(DEBIAN_MIRROR)' $<
check-long: image-check
