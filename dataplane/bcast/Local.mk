# Tests, benches and fuzz targets pack with liblzo2 (GPL-2 or later); the library itself does not.
$(call lib,bj_bcast,dataplane/bcast/bj_bcast.c dataplane/bcast/bj_bcast_record.c \
    dataplane/bcast/bj_bcast_apply.c dataplane/bcast/bj_lzo1z.c,)
BCAST_LIBS := bj_bcast bj_market bj_base
$(call test,test_bj_bcast,dataplane/bcast/test_bj_bcast.c,$(BCAST_LIBS),lzo)
$(call test,test_bj_bcast_apply,dataplane/bcast/test_bj_bcast_apply.c,$(BCAST_LIBS),lzo)
$(call test,test_bj_lzo1z,dataplane/bcast/test_bj_lzo1z.c,$(BCAST_LIBS),lzo)
$(call bench,bench_bj_bcast,dataplane/bcast/bench_bj_bcast.c,$(BCAST_LIBS),lzo)
$(call fuzz,fuzz_bj_bcast,dataplane/bcast/fuzz_bj_bcast.c,$(BCAST_LIBS),lzo)
$(call fuzz,fuzz_bj_lzo1z,dataplane/bcast/fuzz_bj_lzo1z.c,$(BCAST_LIBS),lzo)
