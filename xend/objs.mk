xend-y :=
xend-libs := -levent -ljson-c -lxml2
