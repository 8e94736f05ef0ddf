$(call bin,bijli-control,controlplane/control/bijli_control.c controlplane/control/bj_add_user.c controlplane/control/bj_add_funds.c \
    controlplane/control/bj_world.c controlplane/control/bj_chores.c controlplane/control/bj_renewal.c controlplane/control/bj_settings.c \
    controlplane/server/routes.c,bj_server bj_gate bj_apps bj_admin bj_payments bj_ledger bj_orders bj_portfolio bj_quotes \
    bj_instruments bj_privacy bj_identity bj_keys bj_notify bj_http bj_text bj_access bj_trail bj_store bj_bus bj_market \
    bj_oe_client bj_oe_tls bj_oe bj_sandbox bj_base)
$(call test,test_bj_trail_routes,controlplane/control/test_bj_trail_routes.c controlplane/server/routes.c,\
    bj_gate bj_apps bj_admin bj_payments bj_ledger bj_orders bj_portfolio bj_quotes bj_instruments bj_privacy bj_identity bj_keys bj_notify bj_http \
    bj_text bj_access bj_trail bj_store bj_market bj_oe_client bj_oe_tls bj_oe bj_base,)
$(call test,test_bj_renewal,controlplane/control/test_bj_renewal.c controlplane/control/bj_renewal.c,\
    bj_identity bj_keys bj_notify bj_http bj_text bj_access bj_trail bj_store bj_base,pthread)
$(call test,test_bj_settings,controlplane/control/test_bj_settings.c controlplane/control/bj_settings.c,\
    bj_identity bj_keys bj_notify bj_http bj_text bj_access bj_trail bj_store bj_base,curl)
