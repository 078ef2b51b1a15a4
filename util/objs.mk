# What the daemons and the CLI share and no library offers.
util-y := log.o
