$(call lib,bj_nnf,dataplane/nnf/bj_nnf_layout.c dataplane/nnf/bj_nnf_codec.c \
    dataplane/nnf/bj_nnf_frame.c dataplane/nnf/bj_nnf_reason.c,ssl)
$(call test,test_bj_nnf_codec,dataplane/nnf/test_bj_nnf_codec.c,bj_nnf bj_base,)
$(call test,test_bj_nnf_frame,dataplane/nnf/test_bj_nnf_frame.c,bj_nnf bj_base,)
$(call test,test_bj_nnf_reason,dataplane/nnf/test_bj_nnf_reason.c,bj_nnf bj_base,)
$(call fuzz,fuzz_bj_nnf,dataplane/nnf/fuzz_bj_nnf.c,bj_nnf bj_base,)
