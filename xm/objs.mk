xm-y :=
xm-libs := -ljson-c -lreadline
