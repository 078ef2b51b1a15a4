# Tiny PV guests: each is a C file of its name (mk/guests.mk: some have more) with start.S, start.c, child.c, clock.c.
guests := boot traps pagetables events hostile user state
guests += ops control platform survey tsc offline
guests += domu random badargs ptrules
guests += smp kill numa
guests += events_fifo memory reservation logdirty grants grants_smp trace hypfs xenoprof firmware
# The one that is a guest of the toolstack, in dom0's image.
domu-guests := tiny
