$(call lib,bj_refdata,dataplane/refdata/bj_refdata.c dataplane/refdata/bj_refdata_read.c \
    dataplane/refdata/bj_refdata_text.c dataplane/refdata/bj_refdata_streams.c \
    dataplane/refdata/bj_refdata_masters.c dataplane/refdata/bj_refdata_eod.c \
    dataplane/refdata/bj_refdata_merge.c dataplane/refdata/bj_refdata_dir.c,z)
REFDATA_LIBS := bj_refdata bj_base
$(call bin,bijli-refdata,dataplane/refdata/bijli_refdata.c,$(REFDATA_LIBS),jansson)
$(call test,test_bj_refdata_text,dataplane/refdata/test_bj_refdata_text.c,$(REFDATA_LIBS),)
$(call test,test_bj_refdata,dataplane/refdata/test_bj_refdata.c,$(REFDATA_LIBS),z)
$(call test,test_bj_refdata_merge,dataplane/refdata/test_bj_refdata_merge.c,$(REFDATA_LIBS),)
$(call bench,bench_bj_refdata,dataplane/refdata/bench_bj_refdata.c,$(REFDATA_LIBS),)
$(call fuzz,fuzz_bj_refdata,dataplane/refdata/fuzz_bj_refdata.c,$(REFDATA_LIBS),)
