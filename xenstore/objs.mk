# One program, and links that name its modes.
client-names += xenstore
xenstore-y := xenstore/main.o xenstore/modes.o xenstore/ls.o xenstore/text.o
xenstore-links := $(addprefix xenstore-,read write list ls rm exists chmod watch control)
