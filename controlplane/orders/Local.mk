O := controlplane/orders
$(call lib,bj_orders,$(O)/bj_order_view.c $(O)/bj_order_json.c $(O)/bj_order_check.c \
    $(O)/bj_order_table.c $(O)/bj_order_app.c \
    $(O)/bj_order_link.c $(O)/bj_orders.c $(O)/bj_orders_repo.c $(O)/bj_orders_http.c,jansson pthread)
$(call test,test_bj_order_view,$(O)/test_bj_order_view.c,bj_orders bj_http bj_text bj_instruments bj_trail bj_store bj_oe_client bj_oe_tls bj_oe bj_base,)
$(call test,test_bj_order_check,$(O)/test_bj_order_check.c,bj_orders bj_http bj_text bj_instruments bj_trail bj_store \
    bj_oe_client bj_oe_tls bj_oe bj_base,)
$(call test,test_bj_order_table,$(O)/test_bj_order_table.c,bj_orders bj_http bj_text bj_instruments bj_trail bj_store bj_oe_client bj_oe_tls bj_oe bj_base,)
$(call test,test_bj_order_link,$(O)/test_bj_order_link.c,bj_orders bj_http bj_text bj_instruments \
    bj_trail bj_store bj_oe_client bj_oe_tls bj_oe bj_base,)
$(call test,test_bj_orders_repo,$(O)/test_bj_orders_repo.c,bj_orders bj_http bj_text bj_instruments \
    bj_trail bj_store bj_oe_client bj_oe_tls bj_oe bj_base,)
