$(call lib,bj_feedload,sim/feedload/bj_feedload.c,)
$(call bin,bijli-feedblast,sim/feedload/bijli_feedblast.c,bj_feedload bj_exchange_feed bj_base,dpdk)
