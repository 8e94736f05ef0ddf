$(call lib,bj_market_model,sim/exchange/bj_model.c sim/exchange/bj_model_act.c \
    sim/exchange/bj_model_tell.c sim/exchange/bj_model_member.c,m)
$(call lib,bj_exchange_feed,sim/exchange/bj_streams.c sim/exchange/bj_fault.c sim/exchange/bj_late.c \
    sim/exchange/bj_command.c sim/exchange/bj_msglog.c sim/exchange/bj_service.c \
    sim/exchange/bj_recovery.c sim/exchange/bj_snapshot.c sim/exchange/bj_frame.c,)
$(call lib,bj_exchange_members,sim/exchange/bj_members.c sim/exchange/bj_members_order.c \
    sim/exchange/bj_members_check.c sim/exchange/bj_members_stop.c sim/exchange/bj_daylog.c,)
$(call lib,bj_exchange_out,sim/exchange/bj_out.c sim/exchange/bj_out_udp.c \
    sim/exchange/bj_out_memif.c sim/exchange/bj_pcap_out.c,dpdk pcap)
$(call lib,bj_bcast_out,sim/exchange/bj_bcast_out.c,lzo)
EXCHANGE_LIBS := bj_exchange_feed bj_market_model bj_book bj_bcast_out bj_base
EXCHANGE_NNF_LIBS := bj_exchange_members bj_nnf_sock bj_nnf_server bj_nnf
$(call lib,bj_exchange,sim/exchange/bj_exchange.c sim/exchange/bj_exchange_start.c \
    sim/exchange/bj_exchange_say.c sim/exchange/bj_day.c sim/exchange/bj_broadcast.c \
    sim/exchange/bj_exchange_nnf.c,)
$(call bin,bijli-exchange,sim/exchange/bijli_exchange.c,bj_sandbox bj_exchange bj_exchange_out $(EXCHANGE_NNF_LIBS) $(EXCHANGE_LIBS))
$(call test,test_bj_exchange,sim/exchange/test_bj_exchange.c,bj_exchange bj_exchange_out $(EXCHANGE_NNF_LIBS) $(EXCHANGE_LIBS),)
$(call test,test_bj_model,sim/exchange/test_bj_model.c,bj_market_model bj_book bj_base,)
$(call test,test_bj_service,sim/exchange/test_bj_service.c,$(EXCHANGE_LIBS),)
$(call test,test_bj_snapshot,sim/exchange/test_bj_snapshot.c,$(EXCHANGE_LIBS),)
$(call test,test_bj_fault,sim/exchange/test_bj_fault.c,$(EXCHANGE_LIBS),)
$(call test,test_bj_command,sim/exchange/test_bj_command.c,$(EXCHANGE_LIBS),)
$(call fuzz,fuzz_bj_command,sim/exchange/fuzz_bj_command.c,$(EXCHANGE_LIBS),)
$(call fuzz,fuzz_bj_recovery,sim/exchange/fuzz_bj_recovery.c,$(EXCHANGE_LIBS),)
$(call test,test_bj_bcast_out,sim/exchange/test_bj_bcast_out.c,bj_bcast_out bj_bcast bj_market bj_base,)
$(call test,test_bj_broadcast,sim/exchange/test_bj_broadcast.c,bj_exchange bj_exchange_out $(EXCHANGE_NNF_LIBS) $(EXCHANGE_LIBS) bj_bcast bj_market,)
$(call test,test_bj_daylog,sim/exchange/test_bj_daylog.c,bj_exchange_members bj_base,)
$(call test,test_bj_members,sim/exchange/test_bj_members.c,bj_exchange_members $(EXCHANGE_LIBS),)
$(call test,test_bj_members_random,sim/exchange/test_bj_members_random.c,bj_exchange_members $(EXCHANGE_LIBS),)
$(call test,test_bj_exchange_nnf,sim/exchange/test_bj_exchange_nnf.c,bj_exchange bj_exchange_out $(EXCHANGE_NNF_LIBS) $(EXCHANGE_LIBS),)
$(call bin,bijli-agree,sim/exchange/bijli_agree.c sim/exchange/bj_agree.c,bj_evlog bj_base)
$(call test,test_bj_agree,sim/exchange/test_bj_agree.c sim/exchange/bj_agree.c,bj_base,)
