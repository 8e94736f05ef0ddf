$(call lib,bj_match,dataplane/match/bj_match.c,)
$(call test,test_bj_match,dataplane/match/test_bj_match.c,bj_match bj_book bj_base,)
