$(call lib,bj_edge_wire,controlplane/edge/bj_ws.c controlplane/edge/bj_upgrade.c \
    controlplane/edge/bj_pass.c controlplane/edge/bj_packet.c controlplane/edge/bj_wish.c,ssl jansson)
$(call test,test_bj_edge_wire,controlplane/edge/test_bj_edge_wire.c,bj_edge_wire bj_base,)
$(call fuzz,fuzz_bj_ws,controlplane/edge/fuzz_bj_ws.c,bj_edge_wire bj_base,)
$(call fuzz,fuzz_bj_upgrade,controlplane/edge/fuzz_bj_upgrade.c,bj_edge_wire bj_base,)
