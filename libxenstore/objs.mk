libxenstore-y := conn.o codec.o sync.o watch.o ops.o async.o async_ops.o async_watch.o
libxenstore-libs :=
libxenstore-soname := libxenstore.so.4
libxenstore-prefix := xs_
