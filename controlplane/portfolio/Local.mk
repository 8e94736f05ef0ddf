$(call lib,bj_portfolio,controlplane/portfolio/bj_portfolio.c \
    controlplane/portfolio/bj_portfolio_repo.c controlplane/portfolio/bj_portfolio_http.c,jansson)
$(call test,test_bj_portfolio,controlplane/portfolio/test_bj_portfolio.c,bj_portfolio bj_base,)
