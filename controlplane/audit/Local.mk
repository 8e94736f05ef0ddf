T := controlplane/audit
$(call lib,bj_trail,$(T)/bj_merkle.c $(T)/bj_trail_entry.c $(T)/bj_trail_repo.c \
    $(T)/bj_trail_who.c,ssl)
$(call test,test_bj_merkle,$(T)/test_bj_merkle.c,bj_trail bj_base,)
$(call test,test_bj_trail_repo,$(T)/test_bj_trail_repo.c,bj_trail bj_access bj_store bj_base,)
