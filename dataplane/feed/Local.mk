$(call lib,bj_feed,dataplane/feed/bj_feed_decode.c dataplane/feed/bj_feed_arbiter.c,)
$(call test,test_bj_feed_decode,dataplane/feed/test_bj_feed_decode.c,bj_feed bj_base,)
$(call test,test_bj_feed_arbiter,dataplane/feed/test_bj_feed_arbiter.c,bj_feed bj_base,)
