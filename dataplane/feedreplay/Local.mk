$(call lib,bj_feedreplay,dataplane/feedreplay/bj_capture.c dataplane/feedreplay/bj_segments.c \
    dataplane/feedreplay/bj_u64map.c dataplane/feedreplay/bj_feedlive.c \
    dataplane/feedreplay/bj_feedscan.c dataplane/feedreplay/bj_feedlist.c \
    dataplane/feedreplay/bj_feedreplay.c dataplane/feedreplay/bj_feedtrades.c,pcap)
FEEDREPLAY_LIBS := bj_feedreplay bj_refdata bj_bcast bj_feed bj_book bj_market bj_base
$(B)/dataplane/feedreplay/bj_segments.o: dataplane/feedreplay/nse-groups.csv
$(call bin,bijli-feedreplay,dataplane/feedreplay/bijli_feedreplay.c,$(FEEDREPLAY_LIBS),)
$(call test,test_bijli_feedreplay,dataplane/feedreplay/test_bijli_feedreplay.c,bj_base,)
$(B)/dataplane/feedreplay/test_bijli_feedreplay.o: CFLAGS += \
    -DBIJLI_FEEDREPLAY='"$(B)/bin/bijli-feedreplay"' \
    -DBIJLI_FEEDREPLAY_AT='"$(CURDIR)/$(B)/bin/bijli-feedreplay"'
$(B)/test/test_bijli_feedreplay: $(B)/bin/bijli-feedreplay dataplane/feedreplay/model.py \
    dataplane/feedreplay/captures.py
$(call test,test_bj_capture,dataplane/feedreplay/test_bj_capture.c,$(FEEDREPLAY_LIBS),)
$(call test,test_bj_feedtrades,dataplane/feedreplay/test_bj_feedtrades.c,$(FEEDREPLAY_LIBS),)
$(call fuzz,fuzz_bj_feedreplay,dataplane/feedreplay/fuzz_bj_feedreplay.c,$(FEEDREPLAY_LIBS),)
