$(call lib,bj_edge_wire,controlplane/edge/bj_ws.c controlplane/edge/bj_upgrade.c \
    controlplane/edge/bj_pass.c controlplane/edge/bj_packet.c controlplane/edge/bj_wish.c,ssl jansson)
$(call lib,bj_edge,controlplane/edge/bj_edge.c controlplane/edge/bj_edge_book.c \
    controlplane/edge/bj_edge_client.c controlplane/edge/bj_edge_io.c \
    controlplane/edge/bj_edge_life.c controlplane/edge/bj_ended.c controlplane/edge/bj_staple.c,ssl)
$(call bin,bijli-edge,controlplane/edge/bijli_edge.c,bj_edge bj_edge_wire bj_bus bj_sandbox bj_base,)
$(call test,test_bj_edge_wire,controlplane/edge/test_bj_edge_wire.c,bj_edge_wire bj_base,)
$(call fuzz,fuzz_bj_ws,controlplane/edge/fuzz_bj_ws.c,bj_edge_wire bj_base,)
$(call fuzz,fuzz_bj_upgrade,controlplane/edge/fuzz_bj_upgrade.c,bj_edge_wire bj_base,)
$(call test,test_bj_edge,controlplane/edge/test_bj_edge.c,bj_edge bj_edge_wire bj_base,)
$(call test,test_bj_staple,controlplane/edge/test_bj_staple.c,bj_edge bj_edge_wire bj_base,)
$(call test,test_bj_ended,controlplane/edge/test_bj_ended.c,bj_edge bj_edge_wire bj_base,)
$(call bench,bench_edge_fanout,controlplane/edge/bench_edge_fanout.c,bj_edge bj_edge_wire bj_base,)
