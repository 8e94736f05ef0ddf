# The market for desks' strategies: libbijli.so.1, bijli.h, bijli.pc; and a program that uses them
# as a desk would, by <bijli.h> and -lbijli.
BIJLI_VERSION := $(shell sed -n 's/^\#define BIJLI_VERSION //p' dataplane/libbijli/bijli.h)
$(call so,libbijli,dataplane/libbijli/bijli.c dataplane/libbijli/bijli_data.c \
    dataplane/market/bj_market.c dataplane/market/bj_share.c dataplane/market/bj_candle_read.c \
    dataplane/market/bj_index_read.c dataplane/base/bj_shm.c,$(BIJLI_VERSION))

all: $(B)/lib/pkgconfig/bijli.pc
$(B)/lib/pkgconfig/bijli.pc: dataplane/libbijli/bijli.pc.in dataplane/libbijli/bijli.h
	@mkdir -p $(@D)
	$(Q)sed 's|@VERSION@|$(BIJLI_VERSION)|; s|@ROOT@|$(CURDIR)|g; s|@B@|$(B)|g' $< > $@

BIJLI_USERS := $(B)/bin/bijli-watch $(B)/test/test_bijli $(B)/bench/bench_bijli
$(call bin,bijli-watch,dataplane/libbijli/example_bijli_watch.c,,)
$(call test,test_bijli,dataplane/libbijli/test_bijli.c,bj_market bj_base,)
$(call bench,bench_bijli,dataplane/libbijli/bench_bijli.c,bj_market bj_base,)
$(BIJLI_USERS): $(B)/lib/libbijli.so
$(BIJLI_USERS): private LDFLAGS += -Wl,--no-as-needed $(B)/lib/libbijli.so -Wl,-rpath,'$$ORIGIN/../lib'
$(B)/dataplane/libbijli/example_bijli_watch.o: CFLAGS += -Idataplane/libbijli
$(B)/dataplane/libbijli/test_bijli.o: CFLAGS += -DBIJLI_SO='"$(B)/lib/libbijli.so"' \
    -DBIJLI_WATCH='"$(B)/bin/bijli-watch"' -DBIJLI_PC='"$(B)/lib/pkgconfig"'
$(B)/test/test_bijli.ok: $(B)/bin/bijli-watch $(B)/lib/pkgconfig/bijli.pc
