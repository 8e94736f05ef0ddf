I := controlplane/identity
$(call lib,bj_identity,$(I)/bj_identity.c $(I)/bj_identity_http.c $(I)/bj_identity_repo.c \
    $(I)/bj_password.c $(I)/bj_leaked.c $(I)/bj_argon.c $(I)/bj_places.c $(I)/bj_suspect.c $(I)/bj_context.c $(I)/bj_browser.c $(I)/bj_device_ca.c $(I)/bj_staff_device.c $(I)/bj_staff_device_http.c $(I)/bj_moved.c $(I)/bj_history.c $(I)/bj_history_http.c \
    $(I)/bj_session.c $(I)/bj_copy.c $(I)/bj_session_repo.c $(I)/bj_session_http.c \
    $(I)/bj_token.c $(I)/bj_totp.c $(I)/bj_qr.c $(I)/bj_base64url.c $(I)/bj_webauthn.c \
    $(I)/bj_person.c $(I)/bj_phone.c $(I)/bj_reseal.c $(I)/bj_rehash.c $(I)/bj_keys_http.c $(I)/bj_tries.c $(I)/bj_tell.c $(I)/bj_factor.c $(I)/bj_factor_repo.c $(I)/bj_factor_http.c \
    $(I)/bj_login.c $(I)/bj_login_repo.c $(I)/bj_people.c $(I)/bj_suspend.c $(I)/bj_factor_drop.c $(I)/bj_people_http.c $(I)/bj_prove.c \
    $(I)/bj_change.c $(I)/bj_reset.c $(I)/bj_rotation.c $(I)/bj_password_http.c \
    $(I)/bj_contact.c $(I)/bj_contact_move.c $(I)/bj_contact_text.c $(I)/bj_contact_http.c \
    $(I)/bj_passkey.c $(I)/bj_passkey_repo.c $(I)/bj_passkey_login.c $(I)/bj_passkey_http.c \
    $(I)/bj_assertion_http.c, \
    argon2 ssl jansson qrencode crack fido2 cbor m)
$(call test,test_bj_totp,$(I)/test_bj_totp.c,bj_identity bj_base,)
$(call test,test_bj_leaked,$(I)/test_bj_leaked.c,bj_identity bj_base,)
$(call fuzz,fuzz_bj_leaked,$(I)/fuzz_bj_leaked.c,bj_identity bj_base,)
$(call test,test_bj_argon,$(I)/test_bj_argon.c,bj_identity bj_base,)
$(call test,test_bj_suspect,$(I)/test_bj_suspect.c,bj_identity bj_base,)
$(call test,test_bj_password,$(I)/test_bj_password.c,bj_identity bj_base,)
$(call test,test_bj_webauthn,$(I)/test_bj_webauthn.c,bj_identity bj_base,)
$(call test,test_bj_identity,$(I)/test_bj_identity.c,bj_identity bj_keys bj_http bj_text bj_access bj_notify \
    bj_trail bj_store bj_base,)
$(call test,test_bj_identity_repo,$(I)/test_bj_identity_repo.c,bj_identity bj_keys bj_http bj_text bj_access \
    bj_notify bj_trail bj_store bj_base,)
$(call test,test_bj_session_repo,$(I)/test_bj_session_repo.c,bj_identity bj_keys bj_http bj_text bj_access \
    bj_notify bj_trail bj_store bj_base,)
$(call test,test_bj_history,$(I)/test_bj_history.c,bj_identity bj_keys bj_http bj_text bj_access bj_notify \
    bj_trail bj_store bj_base,)
$(call test,test_bj_device_ca,$(I)/test_bj_device_ca.c,bj_identity bj_access bj_base,)
$(call test,test_bj_context,$(I)/test_bj_context.c,bj_identity bj_keys bj_http bj_text bj_access bj_notify \
    bj_trail bj_store bj_base,)
$(call test,test_bj_factor,$(I)/test_bj_factor.c,bj_identity bj_keys bj_http bj_text bj_access bj_notify \
    bj_trail bj_store bj_base,)
$(call bench,bench_bj_identity,$(I)/bench_bj_identity.c,bj_identity bj_keys bj_http bj_text bj_access bj_notify \
    bj_trail bj_store bj_base,)
$(call fuzz,fuzz_bj_session,$(I)/fuzz_bj_session.c,bj_identity bj_keys bj_http bj_text bj_access bj_notify \
    bj_trail bj_store bj_base,)
$(call fuzz,fuzz_bj_webauthn,$(I)/fuzz_bj_webauthn.c,bj_identity bj_base,)
$(call test,test_bj_passkey,$(I)/test_bj_passkey.c,bj_identity bj_keys bj_http bj_text bj_access bj_notify \
    bj_trail bj_store bj_base,)
$(call test,test_bj_reset,$(I)/test_bj_reset.c,bj_identity bj_keys bj_http bj_text bj_access bj_notify \
    bj_trail bj_store bj_base,pthread)
$(call test,test_bj_rehash,$(I)/test_bj_rehash.c,bj_identity bj_keys bj_http bj_text bj_access bj_notify \
    bj_trail bj_store bj_base,pthread)
$(call test,test_bj_reseal,$(I)/test_bj_reseal.c,bj_identity bj_keys bj_http bj_text bj_access bj_notify \
    bj_trail bj_store bj_base,)
$(call fuzz,fuzz_bj_device_ca,$(I)/fuzz_bj_device_ca.c,bj_identity bj_base,)
$(call fuzz,fuzz_bj_places,$(I)/fuzz_bj_places.c,bj_identity bj_base,)
$(call test,test_bj_contact,$(I)/test_bj_contact.c,bj_identity bj_keys bj_http bj_text bj_access bj_notify \
    bj_trail bj_store bj_base,)
$(call test,test_bj_suspend,$(I)/test_bj_suspend.c,bj_identity bj_keys bj_http bj_text bj_access bj_notify \
    bj_trail bj_store bj_base,)
$(call test,test_bj_factor_drop,$(I)/test_bj_factor_drop.c,bj_identity bj_keys bj_http bj_text bj_access \
    bj_notify bj_trail bj_store bj_base,)
$(call test,test_bj_phone,$(I)/test_bj_phone.c,bj_identity bj_base,)
$(call fuzz,fuzz_bj_phone,$(I)/fuzz_bj_phone.c,bj_identity bj_base,)
