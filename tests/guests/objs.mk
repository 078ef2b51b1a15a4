# Tiny PV guests: each is one C file with start.S and start.c.
guests := boot traps pagetables events hostile user state
