F := sim/flow
$(call lib,bj_flow_gen,$(F)/bj_flow_gen.c $(F)/bj_flow_walk.c $(F)/bj_flow_book.c,)
$(call lib,bj_flow_ref,$(F)/bj_flow_ref.c,)
$(call bin,bijli-flow,$(F)/bijli_flow.c,bj_flow_gen)
$(call test,test_bj_flow,$(F)/test_bj_flow.c,bj_flow_gen bj_flow_ref bj_base)
$(call test,test_bj_flow_replay,$(F)/test_bj_flow_replay.c,bj_replay bj_match bj_book bj_flow_gen \
    bj_flow_ref bj_base)
$(call bench,bench_match,$(F)/bench_match.c $(F)/bench_match_commands.c $(F)/bench_match_plain.c \
    $(F)/bench_match_shards.c,bj_replay bj_match bj_book bj_flow_gen bj_base,pthread)
