$(call lib,bj_store,controlplane/store/bj_db.c controlplane/store/bj_db_pool.c \
    controlplane/store/bj_db_value.c controlplane/store/bj_bytea.c controlplane/store/bj_cache.c controlplane/store/bj_bytea.c,pq redis)
$(call test,test_bj_store,controlplane/store/test_bj_store.c,bj_store bj_base,)
$(call test,test_bj_cache,controlplane/store/test_bj_cache.c,bj_store bj_base,)
$(call test,test_bj_row_security,controlplane/store/test_bj_row_security.c,bj_store bj_base,pthread)
