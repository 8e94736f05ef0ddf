S := controlplane/server
$(call lib,bj_http,$(S)/bj_http.c $(S)/bj_http_body.c $(S)/bj_http_act.c $(S)/bj_kite.c,jansson)
$(call lib,bj_gate,$(S)/bj_gate.c $(S)/bj_refusal.c $(S)/bj_csp.c $(S)/bj_csp_http.c $(S)/bj_pool.c $(S)/bj_site.c,jansson)
$(call test,test_bj_http,$(S)/test_bj_http.c,bj_http bj_text bj_base,)
ROUTES_LIBS := bj_gate bj_apps bj_admin bj_payments bj_ledger bj_orders bj_portfolio bj_quotes bj_instruments bj_privacy bj_identity bj_keys \
    bj_notify bj_http bj_text bj_access bj_trail bj_store bj_market bj_oe_client bj_oe_tls bj_oe bj_base
$(call test,test_bj_gate,$(S)/test_bj_gate.c $(S)/routes.c,$(ROUTES_LIBS),)
$(call test,test_bj_gate_apps,$(S)/test_bj_gate_apps.c $(S)/routes.c,$(ROUTES_LIBS),)
$(call test,test_bj_gate_demand,$(S)/test_bj_gate_demand.c $(S)/routes.c,$(ROUTES_LIBS),)
$(call test,test_bj_gate_unseen,$(S)/test_bj_gate_unseen.c,bj_gate bj_http bj_text bj_access bj_trail bj_store bj_base,)
$(call test,test_bj_refusal,$(S)/test_bj_refusal.c,bj_gate bj_http bj_text bj_access bj_trail bj_store bj_base,)
$(call test,test_bj_csp,$(S)/test_bj_csp.c,bj_gate bj_access bj_store bj_base,)
$(call fuzz,fuzz_bj_csp,$(S)/fuzz_bj_csp.c,bj_gate bj_access bj_store bj_base,)
$(call test,test_bj_stream,$(S)/test_bj_stream.c $(S)/bj_server_stream.c,bj_base,jansson)
$(call test,test_bj_site,$(S)/test_bj_site.c,bj_gate bj_base,)
$(call fuzz,fuzz_bj_http,$(S)/fuzz_bj_http.c,bj_http bj_text bj_base,)
$(call lib,bj_server,$(S)/bj_server.c $(S)/bj_server_http.c $(S)/bj_server_answer.c \
    $(S)/bj_server_stream.c,lws ev jansson pthread)
