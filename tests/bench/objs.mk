# Timed guests: each is one C file with bench.c, entry.S and the library of tests/guests.
bench-guests := loops switch domains idle
