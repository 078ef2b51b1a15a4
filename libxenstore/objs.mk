libxenstore-y :=
libxenstore-libs :=
libxenstore-soname := libxenstore.so.4
