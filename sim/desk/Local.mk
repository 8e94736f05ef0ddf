$(call lib,bj_desk,sim/desk/bj_desk_link.c sim/desk/bj_maker.c,)
$(call test,test_bj_maker,sim/desk/test_bj_maker.c,bj_desk bj_market bj_oe_client bj_oe bj_base)
