$(call lib,bj_match,dataplane/match/bj_match.c dataplane/match/bj_match_apply.c \
    dataplane/match/bj_match_auction.c dataplane/match/bj_match_check.c \
    dataplane/match/bj_match_enter.c dataplane/match/bj_match_event.c \
    dataplane/match/bj_match_modify.c dataplane/match/bj_match_new.c \
    dataplane/match/bj_match_phase.c dataplane/match/bj_match_state.c \
    dataplane/match/bj_match_stop.c dataplane/match/bj_match_take.c,)
MATCH_CFLAGS := -fstrict-aliasing -fno-tree-slp-vectorize
# Here types are what they say: the compiler need not look pointers up again after each store.
$(call objs,$(SOURCES_bj_match)): CFLAGS += $(MATCH_CFLAGS)
$(patsubst %.c,$(B)/pic/%.o,$(SOURCES_bj_match)): CFLAGS += $(MATCH_CFLAGS)
MATCH_LIBS := bj_match bj_book bj_base

# Tests: golden files and an oracle, the plainest model of docs/matching.md.
MATCH_MODEL := dataplane/match/test_match_model.c dataplane/match/test_match_model_order.c \
    dataplane/match/test_match_model_session.c
$(call test,test_match_golden,dataplane/match/test_match_golden.c \
    dataplane/match/test_match_script.c $(MATCH_MODEL),$(MATCH_LIBS),)
$(B)/test/test_match_golden.ok: $(wildcard dataplane/match/golden/*.txt)
$(call test,test_match_random,dataplane/match/test_match_random.c \
    dataplane/match/test_match_random_roll.c dataplane/match/test_match_random_follow.c \
    dataplane/match/test_match_random_print.c $(MATCH_MODEL),$(MATCH_LIBS),)
$(call test,test_match_auction,dataplane/match/test_match_auction.c,$(MATCH_LIBS),)
$(call test,test_match_state,dataplane/match/test_match_state.c,$(MATCH_LIBS),)
$(call test,test_match_broken,dataplane/match/test_match_broken.c,$(MATCH_LIBS),)
$(call fuzz,fuzz_bj_match,dataplane/match/fuzz_bj_match.c,$(MATCH_LIBS),)
