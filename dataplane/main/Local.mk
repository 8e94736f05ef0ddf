NSE := dataplane/main/bj_nse.c dataplane/main/bj_nse_recover.c dataplane/main/bj_nse_setup.c
RESTORE := dataplane/main/bj_restore.c dataplane/main/bj_event_lane.c
FEED_SET := dataplane/main/bj_feed_set.c dataplane/main/bj_feed_day.c \
    dataplane/main/bj_feed_day_rows.c dataplane/main/bj_feed_day_broadcast.c \
    dataplane/main/bj_feed_bcast.c dataplane/main/bj_feed_parts.c dataplane/main/bj_feed_tcp.c
$(call bin,bijli-dataplane,dataplane/main/bijli_dataplane.c dataplane/main/bj_world.c dataplane/main/bj_confine.c \
    dataplane/main/bj_recover.c dataplane/main/bj_resume.c $(RESTORE) dataplane/main/bj_report.c dataplane/main/bj_feed_tile.c \
    $(FEED_SET) \
    dataplane/main/bj_hw_tile.c dataplane/main/bj_hw_report.c \
    dataplane/main/bj_gateway_tile.c dataplane/main/bj_session_clock.c \
    dataplane/main/bj_session_config.c dataplane/main/bj_sources.c dataplane/main/bj_audit_thread.c \
    dataplane/main/bj_nnf_door.c dataplane/main/bj_nnf_names.c dataplane/main/bj_contracts.c dataplane/main/bj_replica_tile.c \
    $(NSE) dataplane/main/bj_band_watch.c,bj_calendar bj_sandbox bj_tile bj_uplink_net bj_uplink bj_gateway bj_gateway_tls bj_oe_tls \
    bj_lwip bj_ksock bj_nic bj_hw bj_feed \
    bj_nnf_sock bj_nnf_server bj_nnf_client bj_nnf bj_replica bj_journal_tail bj_epoch \
    bj_engine bj_match bj_risk bj_book bj_cmd bj_snap bj_shape bj_journal bj_evlog bj_bcast \
    bj_index_load bj_market bj_refdata bj_audit bj_oe bj_base,)
$(call test,test_bj_confine,dataplane/main/test_bj_confine.c dataplane/main/bj_confine.c,bj_sandbox bj_nic \
    bj_base,)
$(call test,test_bj_hops,dataplane/main/test_bj_hops.c,bj_tile bj_gateway bj_engine bj_match bj_risk \
    bj_book bj_oe bj_base,)
$(call test,test_bj_session_config,dataplane/main/test_bj_session_config.c \
    dataplane/main/bj_session_config.c dataplane/main/bj_sources.c,bj_base,)
$(call test,test_bj_hw_tile,dataplane/main/test_bj_hw_tile.c dataplane/main/bj_hw_tile.c \
    dataplane/main/bj_hw_report.c,bj_tile bj_hw bj_feed bj_book bj_market bj_base,)
$(call test,test_bj_feed_parts,dataplane/main/test_bj_feed_parts.c \
    dataplane/main/bj_feed_parts.c,bj_index_load bj_market bj_base,)
$(call test,test_bj_session_clock,dataplane/main/test_bj_session_clock.c \
    dataplane/main/bj_session_clock.c,bj_calendar bj_base,)
$(call test,test_bj_band_watch,dataplane/main/test_bj_band_watch.c dataplane/main/bj_band_watch.c, \
    bj_calendar bj_engine bj_match bj_risk bj_book bj_cmd bj_evlog bj_base,)
$(call test,test_bj_feed_tcp,dataplane/main/test_bj_feed_tcp.c dataplane/main/bj_feed_tcp.c,bj_feed \
    bj_book bj_market bj_base,)
$(call bench,bench_bj_feed_memif,dataplane/main/bench_bj_feed_memif.c,bj_nic bj_feed bj_book bj_market bj_base,)
$(B)/dataplane/main/bench_bj_feed_memif.o: CFLAGS += -DBIJLI_FEEDBLAST='"$(B)/bin/bijli-feedblast"'
$(B)/bench/bench_bj_feed_memif: $(B)/bin/bijli-feedblast
$(call test,test_bj_feed_day,dataplane/main/test_bj_feed_day.c dataplane/main/bj_feed_day.c \
    dataplane/main/bj_feed_day_rows.c dataplane/main/bj_feed_day_broadcast.c,bj_refdata bj_base,)
$(call test,test_bj_feed_set,dataplane/main/test_bj_feed_set.c $(FEED_SET),bj_feed bj_book bj_bcast \
    bj_index_load bj_market bj_refdata bj_base,)
$(B)/dataplane/main/test_bj_feed_set.o: CFLAGS += -DBIJLI_EXCHANGE='"$(B)/bin/bijli-exchange"'
$(B)/test/test_bj_feed_set: $(B)/bin/bijli-exchange
RESTORE_LIBS := bj_gateway bj_snap bj_shape bj_journal bj_evlog bj_engine bj_match bj_risk bj_book bj_cmd bj_oe bj_base
$(call bench,bench_bj_restore,dataplane/main/bench_bj_restore.c $(RESTORE),$(RESTORE_LIBS),)
$(call test,test_bj_restore,dataplane/main/test_bj_restore.c $(RESTORE),$(RESTORE_LIBS),)
$(call test,test_bj_nnf_door,dataplane/main/test_bj_nnf_door.c dataplane/main/bj_nnf_door.c \
    dataplane/main/bj_nnf_names.c dataplane/main/bj_contracts.c,bj_refdata bj_nnf_sock bj_nnf_server bj_nnf bj_gateway bj_engine bj_match bj_risk bj_book bj_cmd bj_oe bj_base,)
$(call test,test_bj_contracts,dataplane/main/test_bj_contracts.c dataplane/main/bj_contracts.c, \
    bj_refdata bj_nnf bj_base,)
$(call test,test_bj_nnf_audit,dataplane/main/test_bj_nnf_audit.c dataplane/main/bj_nnf_door.c \
    dataplane/main/bj_nnf_names.c dataplane/main/bj_contracts.c dataplane/audit/bj_audit_text.c,bj_refdata bj_nnf_sock bj_nnf_server bj_nnf bj_audit bj_oe bj_base,)
$(call test,test_bj_replica_tile,dataplane/main/test_bj_replica_tile.c \
    dataplane/main/bj_replica_tile.c dataplane/main/bj_sources.c,bj_oe_tls bj_replica bj_epoch bj_journal_tail bj_journal bj_tile bj_base,)
$(call test,test_bj_nse_setup,dataplane/main/test_bj_nse_setup.c dataplane/main/bj_nse_setup.c \
    dataplane/main/bj_nnf_names.c dataplane/main/bj_contracts.c,bj_refdata bj_nnf_client bj_nnf bj_base,)
$(call test,test_bj_nse,dataplane/main/test_bj_nse.c $(NSE) dataplane/main/bj_nnf_names.c \
    dataplane/main/bj_contracts.c,bj_uplink_net bj_uplink bj_refdata bj_nnf_sock bj_nnf_client \
    bj_nnf_server bj_nnf bj_journal bj_evlog bj_tile bj_engine bj_match bj_risk bj_book bj_cmd bj_base,ssl)
