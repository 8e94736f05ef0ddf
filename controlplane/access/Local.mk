$(call lib,bj_access,controlplane/access/bj_access.c controlplane/access/bj_bucket.c \
    controlplane/access/bj_policy.c controlplane/access/bj_account.c \
    controlplane/access/bj_limit.c controlplane/access/bj_scope.c \
    controlplane/access/bj_demand.c,)
$(call test,test_bj_access,controlplane/access/test_bj_access.c,bj_access bj_base,)
$(call test,test_bj_limit,controlplane/access/test_bj_limit.c,bj_access bj_store bj_base,)
$(call bench,bench_bj_limit,controlplane/access/bench_bj_limit.c,bj_access bj_store bj_base,)
