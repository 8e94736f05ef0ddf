$(call lib,bj_oe,dataplane/wire/bj_oe_codec.c,ssl)
$(call test,test_bj_oe_codec,dataplane/wire/test_bj_oe_codec.c,bj_oe bj_base)
$(call fuzz,fuzz_bj_oe,dataplane/wire/fuzz_bj_oe.c,bj_oe bj_base)
