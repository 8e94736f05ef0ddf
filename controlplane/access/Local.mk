$(call lib,bj_access,controlplane/access/bj_access.c controlplane/access/bj_bucket.c \
    controlplane/access/bj_policy.c controlplane/access/bj_account.c,)
$(call test,test_bj_access,controlplane/access/test_bj_access.c,bj_access bj_base,)
