$(call lib,bj_feed,dataplane/feed/bj_feed.c dataplane/feed/bj_feed_receive.c \
    dataplane/feed/bj_feed_arbiter.c \
    dataplane/feed/bj_feed_books.c dataplane/feed/bj_feed_apply.c dataplane/feed/bj_feed_depth.c \
    dataplane/feed/bj_feed_rows.c dataplane/feed/bj_feed_orders.c dataplane/feed/bj_feed_decode.c \
    dataplane/feed/bj_feed_queue.c dataplane/feed/bj_feed_recovery.c \
    dataplane/feed/bj_feed_unwrap.c dataplane/feed/bj_feed_card.c,)
FEED_LIBS := bj_feed bj_book bj_market bj_base
$(call test,test_bj_feed,dataplane/feed/test_bj_feed.c,$(FEED_LIBS),)
$(call test,test_bj_feed_aside,dataplane/feed/test_bj_feed_aside.c,$(FEED_LIBS),)
$(call test,test_bj_feed_decode,dataplane/feed/test_bj_feed_decode.c,$(FEED_LIBS),)
$(call test,test_bj_feed_arbiter,dataplane/feed/test_bj_feed_arbiter.c,$(FEED_LIBS),)
$(call test,test_bj_feed_bursts,dataplane/feed/test_bj_feed_bursts.c,$(FEED_LIBS),)
$(call test,test_bj_feed_takers,dataplane/feed/test_bj_feed_takers.c,$(FEED_LIBS),)
$(call test,test_bj_feed_orders,dataplane/feed/test_bj_feed_orders.c,$(FEED_LIBS),)
$(call test,test_bj_feed_books,dataplane/feed/test_bj_feed_books.c,$(FEED_LIBS),)
$(call test,test_bj_feed_rows,dataplane/feed/test_bj_feed_rows.c,$(FEED_LIBS),)
$(call test,test_bj_feed_card,dataplane/feed/test_bj_feed_card.c,$(FEED_LIBS),)
$(call bench,bench_bj_feed,dataplane/feed/bench_bj_feed.c,$(FEED_LIBS),)
$(call fuzz,fuzz_bj_feed,dataplane/feed/fuzz_bj_feed.c,$(FEED_LIBS),)
$(call test,test_bj_feed_repair,dataplane/feed/test_bj_feed_repair.c,$(FEED_LIBS),)
$(call test,test_bj_feed_recovery,dataplane/feed/test_bj_feed_recovery.c,$(FEED_LIBS),)
$(call fuzz,fuzz_bj_feed_recovery,dataplane/feed/fuzz_bj_feed_recovery.c,$(FEED_LIBS),)
$(call test,test_bj_feed_holes,dataplane/feed/test_bj_feed_holes.c,$(FEED_LIBS),)
$(call test,test_bj_feed_queue,dataplane/feed/test_bj_feed_queue.c,$(FEED_LIBS),)
$(call bench,bench_bj_feed_arbiter,dataplane/feed/bench_bj_feed_arbiter.c,$(FEED_LIBS),)
$(call fuzz,fuzz_bj_feed_holes,dataplane/feed/fuzz_bj_feed_holes.c,$(FEED_LIBS),)
