$(call lib,bj_admin,controlplane/admin/bj_admin.c controlplane/admin/bj_admin_status.c \
    controlplane/admin/bj_admin_http.c,jansson pthread)
$(call test,test_bj_admin,controlplane/admin/test_bj_admin.c,bj_admin bj_base,)
