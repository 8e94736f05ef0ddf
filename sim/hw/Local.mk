$(call lib,bj_hw_ref,sim/hw/bj_hw_ref.c,)
