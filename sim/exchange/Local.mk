$(call lib,bj_market_model,sim/exchange/bj_model.c,m)
$(call test,test_bj_model,sim/exchange/test_bj_model.c,bj_market_model bj_book bj_base,)
