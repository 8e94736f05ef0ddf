$(call lib,bj_quotes,controlplane/market/bj_quotes.c controlplane/market/bj_candles_repo.c \
    controlplane/market/bj_ticket.c controlplane/market/bj_market_http.c,jansson ssl pthread)
$(call test,test_bj_ticket,controlplane/market/test_bj_ticket.c,bj_quotes bj_market bj_http bj_text \
    bj_instruments bj_trail bj_store bj_base,)
$(call test,test_bj_candles_repo,controlplane/market/test_bj_candles_repo.c,bj_quotes bj_market bj_http \
    bj_text bj_instruments bj_trail bj_store bj_base,)
