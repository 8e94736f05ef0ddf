$(call lib,bj_market,dataplane/market/bj_market.c dataplane/market/bj_share.c \
    dataplane/market/bj_candle.c dataplane/market/bj_candle_read.c dataplane/market/bj_index.c \
    dataplane/market/bj_index_outside.c \
    dataplane/market/bj_index_read.c,)
# What a process needs that reads indices.json; readers of shared memory do without jansson.
$(call lib,bj_index_load,dataplane/market/bj_index_load.c,jansson)
$(call test,test_bj_market,dataplane/market/test_bj_market.c,bj_market bj_base,)
$(call test,test_bj_candle,dataplane/market/test_bj_candle.c,bj_market bj_base,)
$(call test,test_bj_index,dataplane/market/test_bj_index.c,bj_index_load bj_market bj_base,)
$(B)/test/test_bj_index.ok: dataplane/market/indices.json sim/data/universe.csv
$(call fuzz,fuzz_bj_index_load,dataplane/market/fuzz_bj_index_load.c,bj_index_load bj_market bj_base,)
$(call bench,bench_bj_market,dataplane/market/bench_bj_market.c,bj_market bj_base,)
