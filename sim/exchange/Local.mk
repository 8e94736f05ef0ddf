$(call lib,bj_market_model,sim/exchange/bj_model.c sim/exchange/bj_model_act.c \
    sim/exchange/bj_model_tell.c,m)
$(call lib,bj_exchange_out,sim/exchange/bj_out.c sim/exchange/bj_out_udp.c \
    sim/exchange/bj_out_memif.c,dpdk)
$(call bin,bijli-exchange,sim/exchange/bijli_exchange.c,bj_market_model bj_exchange_out bj_book bj_base)
$(call test,test_bj_model,sim/exchange/test_bj_model.c,bj_market_model bj_book bj_base,)
