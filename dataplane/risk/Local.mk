$(call lib,bj_risk,dataplane/risk/bj_risk.c dataplane/risk/bj_risk_check.c \
    dataplane/risk/bj_risk_reason.c dataplane/risk/bj_risk_exposure.c \
    dataplane/risk/bj_risk_limit.c dataplane/risk/bj_risk_loosen.c dataplane/risk/bj_risk_state.c,)
$(call test,test_bj_risk,dataplane/risk/test_bj_risk.c,bj_risk bj_cmd bj_base,)
