$(call lib,bj_instruments,controlplane/instruments/bj_instruments.c \
    controlplane/instruments/bj_instruments_http.c \
    controlplane/instruments/bj_instruments_repo.c,jansson pthread)
