P := controlplane/privacy
$(call lib,bj_privacy,$(P)/bj_held.c $(P)/bj_export.c $(P)/bj_export_pdf.c $(P)/bj_consent.c \
    $(P)/bj_erasure.c $(P)/bj_retention.c $(P)/bj_correct.c $(P)/bj_privacy_http.c,jansson pangocairo)
$(call test,test_bj_export_pdf,$(P)/test_bj_export_pdf.c,bj_privacy bj_identity bj_keys bj_http bj_text \
    bj_access bj_notify bj_trail bj_store bj_base,)
$(call test,test_bj_privacy,$(P)/test_bj_privacy.c,bj_privacy bj_identity bj_keys bj_http bj_text bj_access \
    bj_notify bj_trail bj_store bj_base,)
