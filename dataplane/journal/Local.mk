$(call lib,bj_journal,dataplane/journal/bj_journal.c dataplane/journal/bj_journal_read.c,)
$(call lib,bj_evlog,dataplane/market/bj_evlog.c,)
