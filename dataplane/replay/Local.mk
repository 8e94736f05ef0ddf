$(call lib,bj_replay,dataplane/replay/bj_replay.c dataplane/replay/bj_flow.c,)
$(call bin,bijli-replay,dataplane/replay/bijli_replay.c,bj_replay bj_match bj_book bj_base)
.PHONY: print-sources-bijli-replay # for who builds it another way
print-sources-bijli-replay: ; @echo dataplane/replay/bijli_replay.c $(SOURCES_bj_replay) \
    $(SOURCES_bj_match) $(SOURCES_bj_book) dataplane/base/bj_status.c

# The engine for any harness: libbijli_match.so and bijli_match.h.
$(call so,libbijli_match,dataplane/replay/bijli_match.c $(SOURCES_bj_match) $(SOURCES_bj_book) \
    dataplane/base/bj_status.c)
$(call test,test_bijli_match,dataplane/replay/test_bijli_match.c,bj_replay bj_match bj_book bj_base,dl)
$(B)/dataplane/replay/test_bijli_match.o: CFLAGS += -DBIJLI_MATCH_SO='"$(B)/lib/libbijli_match.so"'
$(B)/test/test_bijli_match: $(B)/lib/libbijli_match.so
