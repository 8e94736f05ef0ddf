$(call lib,bj_tile,dataplane/tile/bj_tile.c dataplane/tile/bj_bell.c dataplane/tile/bj_topo.c \
    dataplane/tile/bj_engine_tile.c dataplane/tile/bj_journal_tile.c,)
$(call test,test_bj_tile,dataplane/tile/test_bj_tile.c,bj_tile bj_base,)
$(call bench,bench_bj_commit,dataplane/tile/bench_bj_commit.c,bj_tile bj_journal bj_evlog bj_engine \
    bj_match bj_risk bj_book bj_cmd bj_base,)
$(call test,test_bj_journal_tile,dataplane/tile/test_bj_journal_tile.c,bj_tile bj_base,)
$(call test,test_bj_engine_tile,dataplane/tile/test_bj_engine_tile.c,bj_tile bj_engine bj_match bj_risk \
    bj_book bj_cmd bj_base,)
