$(call lib,bj_desk,sim/desk/bj_desk_link.c sim/desk/bj_maker.c,)
$(call bin,bijli-desk,sim/desk/desk.c sim/desk/desk_maker.c sim/desk/desk_send.c \
    sim/desk/desk_stream.c sim/desk/desk_rtt.c sim/desk/desk_echo.c,bj_sandbox bj_desk bj_market bj_oe_client bj_oe_tls bj_oe bj_base)
$(call test,test_bj_maker,sim/desk/test_bj_maker.c,bj_desk bj_market bj_oe_client bj_oe_tls bj_oe bj_base)
