$(call lib,bj_market,dataplane/market/bj_market.c,)
$(call test,test_bj_market,dataplane/market/test_bj_market.c,bj_market bj_base,)
$(call bench,bench_bj_market,dataplane/market/bench_bj_market.c,bj_market bj_base,)
