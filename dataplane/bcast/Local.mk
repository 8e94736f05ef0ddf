$(call lib,bj_bcast,dataplane/bcast/bj_bcast.c dataplane/bcast/bj_bcast_record.c \
    dataplane/bcast/bj_bcast_apply.c,lzo)
BCAST_LIBS := bj_bcast bj_market bj_base
$(call test,test_bj_bcast,dataplane/bcast/test_bj_bcast.c,$(BCAST_LIBS),)
$(call test,test_bj_bcast_apply,dataplane/bcast/test_bj_bcast_apply.c,$(BCAST_LIBS),)
$(call bench,bench_bj_bcast,dataplane/bcast/bench_bj_bcast.c,$(BCAST_LIBS),)
$(call fuzz,fuzz_bj_bcast,dataplane/bcast/fuzz_bj_bcast.c,$(BCAST_LIBS),)
