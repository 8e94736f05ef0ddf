$(call lib,bj_book,dataplane/book/bj_book.c dataplane/book/bj_ladder.c,)
$(call test,test_bj_book,dataplane/book/test_bj_book.c,bj_book bj_base,)
$(call test,test_bj_ladder,dataplane/book/test_bj_ladder.c,bj_book bj_base,)
$(call test,test_bj_levels,dataplane/book/test_bj_levels.c,bj_book bj_base,)
