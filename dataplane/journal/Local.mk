JOURNAL_LIBS := bj_snap bj_shape bj_journal bj_engine bj_match bj_risk bj_book bj_cmd bj_base
$(call lib,bj_journal,dataplane/journal/bj_journal.c \
    dataplane/journal/bj_journal_read.c dataplane/journal/bj_journal_files.c \
    dataplane/journal/bj_journal_spare.c,)
$(call lib,bj_shape,dataplane/journal/bj_shape.c,)
$(call lib,bj_snap,dataplane/journal/bj_snap.c dataplane/journal/bj_snapshotter.c,)
$(call lib,bj_journal_tail,dataplane/journal/bj_journal_tail.c,)
$(call lib,bj_evlog,dataplane/market/bj_evlog.c,)
$(call bin,bijli-journal,dataplane/journal/bijli_journal.c \
    dataplane/journal/bijli_journal_snapshot.c,bj_sandbox $(JOURNAL_LIBS) bj_evlog,)
$(call test,test_bj_journal,dataplane/journal/test_bj_journal.c,bj_journal bj_base,)
$(call test,test_bj_evlog,dataplane/journal/test_bj_evlog.c,bj_evlog bj_base,)
$(call bench,bench_bj_journal,dataplane/journal/bench_bj_journal.c,bj_journal bj_base,)
$(call fuzz,fuzz_bj_journal,dataplane/journal/fuzz_bj_journal.c,bj_journal bj_base,)
$(call fuzz,fuzz_bj_snap,dataplane/journal/fuzz_bj_snap.c,$(JOURNAL_LIBS),)
$(call test,test_bj_replay,dataplane/journal/test_bj_replay.c,$(JOURNAL_LIBS),)
$(call test,test_bj_snap,dataplane/journal/test_bj_snap.c,$(JOURNAL_LIBS),)
$(call test,test_bijli_journal,dataplane/journal/test_bijli_journal.c,$(JOURNAL_LIBS) bj_evlog,)
$(B)/dataplane/journal/test_bijli_journal.o: CFLAGS += -DBIJLI_JOURNAL='"$(B)/bin/bijli-journal"'
$(B)/test/test_bijli_journal: $(B)/bin/bijli-journal
$(call test,test_bj_journal_tail,dataplane/journal/test_bj_journal_tail.c,bj_journal_tail bj_journal \
    bj_base,)
