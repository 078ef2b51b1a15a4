# What the daemons and the CLI share and no library offers.
util-y := log.o hostlist.o
# The configuration reader: for those who link json-c.
util-savefile-y := savefile_read.o savefile_write.o savefile_walk.o crc32c.o
util-cfg-y := cfg.o cfg_token.o cfg_value.o
# Disks, network interfaces, consoles and framebuffers as configurations describe them.
util-spec-y := diskspec.o hvcspec.o spec.o vfbspec.o vifspec.o
