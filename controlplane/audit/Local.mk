T := controlplane/audit
$(call lib,bj_merkle,$(T)/bj_merkle.c,ssl)
$(call test,test_bj_merkle,$(T)/test_bj_merkle.c,bj_merkle bj_base,)
