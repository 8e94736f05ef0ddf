$(call lib,bj_replica,dataplane/replica/bj_replica_codec.c dataplane/replica/bj_replica.c \
    dataplane/replica/bj_replica_out.c dataplane/replica/bj_follow.c,ssl)
$(call lib,bj_epoch,dataplane/replica/bj_epoch.c,jansson)
$(call lib,bj_standby,dataplane/replica/bj_standby.c dataplane/replica/bj_standby_run.c,ssl)
REPLICA_LIBS := bj_replica bj_engine bj_match bj_risk bj_book bj_cmd bj_base
$(call test,sim_bj_replica,dataplane/replica/sim_bj_replica.c,$(REPLICA_LIBS),)
$(call test,test_bj_replica,dataplane/replica/test_bj_replica.c,$(REPLICA_LIBS),)
$(call bin,bijli-standby,dataplane/replica/bijli_standby.c,bj_sandbox bj_standby bj_oe_tls bj_epoch bj_shape bj_journal_tail \
    bj_journal bj_evlog $(REPLICA_LIBS),)
$(call test,test_bj_standby,dataplane/replica/test_bj_standby.c,bj_standby bj_oe_tls bj_epoch bj_shape bj_journal_tail \
    bj_journal bj_evlog $(REPLICA_LIBS),)
$(call test,test_bj_standby_run,dataplane/replica/test_bj_standby_run.c,bj_standby bj_oe_tls bj_epoch bj_shape \
    bj_journal_tail bj_journal bj_evlog $(REPLICA_LIBS),)
$(call fuzz,fuzz_bj_replica,dataplane/replica/fuzz_bj_replica.c,$(REPLICA_LIBS),)
$(B)/test/test_bj_standby: LDFLAGS += -Wl,--wrap=pwrite
