$(call lib,bj_admin,controlplane/admin/bj_admin.c controlplane/admin/bj_admin_status.c \
    controlplane/admin/bj_admin_http.c controlplane/admin/bj_admin_engine_http.c \
    controlplane/admin/bj_admin_act_http.c controlplane/admin/bj_elevation.c \
    controlplane/admin/bj_elevation_http.c controlplane/admin/bj_admin_msg.c \
    controlplane/admin/bj_admin_second_http.c,jansson pthread)
$(call test,test_bj_admin,controlplane/admin/test_bj_admin.c,bj_admin bj_base,)
$(call test,test_bj_admin_engine,controlplane/admin/test_bj_admin_engine.c,bj_admin bj_instruments bj_identity \
    bj_keys bj_notify bj_http bj_text bj_trail bj_access bj_store bj_cmd bj_base,)
$(call test,test_bj_elevation,controlplane/admin/test_bj_elevation.c,bj_admin bj_identity bj_keys bj_notify bj_http \
    bj_text bj_trail bj_access bj_store bj_cmd bj_base,)
$(call test,test_bj_admin_second,controlplane/admin/test_bj_admin_second.c,bj_admin bj_instruments bj_identity \
    bj_keys bj_notify bj_http bj_text bj_trail bj_access bj_store bj_cmd bj_base,)
