$(call lib,bj_risk,dataplane/risk/bj_risk.c dataplane/risk/bj_risk_check.c,)
