$(call lib,bj_book,dataplane/book/bj_book.c,)
$(call test,test_bj_book,dataplane/book/test_bj_book.c,bj_book bj_base,)
