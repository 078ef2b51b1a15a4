xenstored-y :=
xenstored-libs := -levent
