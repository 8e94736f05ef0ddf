T := controlplane/audit
$(call lib,bj_trail,$(T)/bj_merkle.c $(T)/bj_trail_entry.c $(T)/bj_trail_repo.c $(T)/bj_trail_who.c $(T)/bj_entry.c \
    $(T)/bj_trail_head.c $(T)/bj_trail_tree.c $(T)/bj_trail_check.c \
    $(T)/bj_trail_spool.c $(T)/bj_trail_keeper.c $(T)/bj_trail_json.c $(T)/bj_trail_http.c,ssl jansson pthread)
$(call test,test_bj_merkle,$(T)/test_bj_merkle.c,bj_trail bj_base,)
$(call test,test_bj_trail_repo,$(T)/test_bj_trail_repo.c,bj_trail bj_access bj_store bj_base,)
$(call test,test_bj_trail_head,$(T)/test_bj_trail_head.c,bj_trail bj_text bj_base,)
$(call test,test_bj_trail_check,$(T)/test_bj_trail_check.c,bj_trail bj_text bj_base,)
$(call test,test_bj_trail_keeper,$(T)/test_bj_trail_keeper.c,bj_trail bj_text bj_access bj_store bj_base,)
$(call fuzz,fuzz_bj_trail_head,$(T)/fuzz_bj_trail_head.c,bj_trail bj_text bj_base,)
$(call bench,bench_bj_trail,$(T)/bench_bj_trail.c,bj_trail bj_text bj_access bj_store bj_base,)
