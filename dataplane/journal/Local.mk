$(call lib,bj_journal,dataplane/journal/bj_journal.c dataplane/journal/bj_journal_read.c,)
$(call lib,bj_evlog,dataplane/market/bj_evlog.c,)
$(call test,test_bj_journal,dataplane/journal/test_bj_journal.c,bj_journal bj_base,)
$(call test,test_bj_evlog,dataplane/journal/test_bj_evlog.c,bj_evlog bj_base,)
