Y := controlplane/payments
$(call lib,bj_payments,$(Y)/bj_payments.c $(Y)/bj_bank.c $(Y)/bj_bank_staff.c $(Y)/bj_blocked.c $(Y)/bj_funds.c \
    $(Y)/bj_payout.c $(Y)/bj_payout_staff.c $(Y)/bj_receipt.c \
    $(Y)/bj_funds_http.c $(Y)/bj_bank_http.c $(Y)/bj_money_http.c $(Y)/bj_receipt_http.c,jansson)
PAYMENTS_LIBS := bj_payments bj_ledger bj_orders bj_portfolio bj_instruments bj_identity bj_keys bj_notify bj_http bj_text \
    bj_access bj_trail bj_store bj_oe_client bj_oe_tls bj_oe bj_base
$(call test,test_bj_blocked,$(Y)/test_bj_blocked.c,$(PAYMENTS_LIBS),)
$(call test,test_bj_payments,$(Y)/test_bj_payments.c,$(PAYMENTS_LIBS),)
$(call fuzz,fuzz_bj_bank,$(Y)/fuzz_bj_bank.c,$(PAYMENTS_LIBS),)
