$(call lib,bj_hw_ref,sim/hw/bj_hw_ref.c sim/hw/bj_hw_risk.c,)
$(call lib,bj_hw_host,sim/hw/bj_hw_host.c,)
$(call test,test_bj_hw_array,sim/hw/test_bj_hw_array.c,bj_hw_ref bj_feed bj_risk bj_cmd bj_book bj_market bj_base)
# bijli-cardsim but for the design, which sim/hw/cardsim.mk adds: `make` alone needs no Verilator.
$(call lib,bj_cardsim,sim/hw/bijli_cardsim.c,)
