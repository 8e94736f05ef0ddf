A := controlplane/apps
$(call lib,bj_apps,$(A)/bj_sig.c $(A)/bj_jwt.c $(A)/bj_apps.c $(A)/bj_apps_repo.c $(A)/bj_app_copy.c \
    $(A)/bj_app_grant.c $(A)/bj_app_key.c $(A)/bj_pkce.c $(A)/bj_dpop.c $(A)/bj_proofs.c $(A)/bj_apps_http.c \
    $(A)/bj_connect_http.c $(A)/bj_kite_http.c,ssl jansson)
$(call test,test_bj_pkce,$(A)/test_bj_pkce.c,bj_apps bj_identity bj_text bj_base,)
$(call test,test_bj_dpop,$(A)/test_bj_dpop.c,bj_apps bj_identity bj_text bj_base,ssl jansson)
$(call fuzz,fuzz_bj_dpop,$(A)/fuzz_bj_dpop.c,bj_apps bj_identity bj_text bj_base,)
$(call test,test_bj_jwt,$(A)/test_bj_jwt.c,bj_apps bj_access bj_text bj_base,)
$(call fuzz,fuzz_bj_jwt,$(A)/fuzz_bj_jwt.c,bj_apps bj_identity bj_keys bj_notify bj_http bj_text bj_access \
    bj_trail bj_store bj_base,)
$(call test,test_bj_apps,$(A)/test_bj_apps.c,bj_apps bj_identity bj_keys bj_notify bj_http bj_text bj_access bj_trail \
    bj_store bj_base,pthread)
$(call test,test_bj_app_proofs,$(A)/test_bj_app_proofs.c,bj_apps bj_identity bj_keys bj_notify bj_http bj_text bj_access bj_trail \
    bj_store bj_base,pthread)
