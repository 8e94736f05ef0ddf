I := controlplane/identity
$(call lib,bj_identity,$(I)/bj_identity.c $(I)/bj_identity_http.c $(I)/bj_identity_repo.c \
    $(I)/bj_password.c $(I)/bj_session.c $(I)/bj_session_repo.c $(I)/bj_session_http.c $(I)/bj_token.c,argon2 ssl jansson)
$(call test,test_bj_password,$(I)/test_bj_password.c,bj_identity bj_base,)
$(call test,test_bj_identity,$(I)/test_bj_identity.c,bj_identity bj_http bj_text bj_access bj_notify \
    bj_trail bj_store bj_base,)
$(call test,test_bj_identity_repo,$(I)/test_bj_identity_repo.c,bj_identity bj_http bj_text bj_access \
    bj_notify bj_trail bj_store bj_base,)
$(call test,test_bj_session_repo,$(I)/test_bj_session_repo.c,bj_identity bj_http bj_text bj_access \
    bj_notify bj_trail bj_store bj_base,)
$(call fuzz,fuzz_bj_session,$(I)/fuzz_bj_session.c,bj_identity bj_http bj_text bj_access bj_notify \
    bj_trail bj_store bj_base,)
