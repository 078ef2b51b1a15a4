# Tiny PV guests: each is one C file with start.S and start.c.
guests := boot traps pagetables events hostile user state
guests += ops control platform tsc
guests += domu random badargs ptrules
guests += smp kill numa
guests += events_fifo memory logdirty grants
# The one that is a guest of the toolstack, in dom0's image.
domu-guests := tiny
