$(call lib,bj_engine,dataplane/engine/bj_engine.c dataplane/engine/bj_engine_orders.c \
    dataplane/engine/bj_engine_market.c dataplane/engine/bj_engine_outcome.c \
    dataplane/engine/bj_engine_table.c dataplane/engine/bj_engine_check.c \
    dataplane/engine/bj_engine_state.c dataplane/engine/bj_engine_venue.c \
    dataplane/engine/bj_engine_second.c,)
ENGINE_LIBS := bj_engine bj_match bj_risk bj_book bj_cmd bj_base
$(call test,test_bj_engine,dataplane/engine/test_bj_engine.c,$(ENGINE_LIBS),)
$(call test,test_bj_engine_model,dataplane/engine/test_bj_engine_model.c \
    dataplane/engine/test_bj_model.c dataplane/engine/test_bj_model_market.c \
    dataplane/engine/test_bj_model_risk.c dataplane/engine/test_bj_model_second.c,$(ENGINE_LIBS),)
$(call test,test_bj_engine_venue,dataplane/engine/test_bj_engine_venue.c,$(ENGINE_LIBS),)
$(call fuzz,fuzz_bj_engine_venue,dataplane/engine/fuzz_bj_engine_venue.c,$(ENGINE_LIBS),)
$(call fuzz,fuzz_bj_engine,dataplane/engine/fuzz_bj_engine.c,$(ENGINE_LIBS),)
$(call bench,bench_bj_engine,dataplane/engine/bench_bj_engine.c,$(ENGINE_LIBS),)
