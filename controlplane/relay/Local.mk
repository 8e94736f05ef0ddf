$(call lib,bj_relay,controlplane/relay/bj_position.c controlplane/relay/bj_positions.c \
    controlplane/relay/bj_fold.c controlplane/relay/bj_candles.c controlplane/relay/bj_copy_text.c \
    controlplane/relay/bj_relay_repo.c controlplane/relay/bj_quote_text.c,)
$(call bin,bijli-relay,controlplane/relay/bijli_relay.c controlplane/relay/bj_relay_orders.c \
    controlplane/relay/bj_relay_copies.c controlplane/relay/bj_relay_market.c,bj_relay bj_text bj_store \
    bj_bus bj_evlog bj_market bj_sandbox bj_base,)
$(call test,test_bj_position,controlplane/relay/test_bj_position.c,bj_relay bj_base,)
$(call test,test_bj_fold,controlplane/relay/test_bj_fold.c,bj_relay bj_base,)
$(call test,test_bj_relay_repo,controlplane/relay/test_bj_relay_repo.c,bj_relay bj_text bj_store bj_base,)
$(call test,test_bijli_relay,controlplane/relay/test_bijli_relay.c,bj_store bj_bus bj_evlog bj_market \
    bj_base,)
$(B)/test/test_bijli_relay: $(B)/bin/bijli-relay
