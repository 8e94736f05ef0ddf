$(call lib,bj_cli,controlplane/cli/bj_cli_print.c controlplane/cli/bj_cli_http.c,jansson curl)
$(call bin,bijlictl,controlplane/cli/bijlictl.c,bj_cli bj_base)
$(call test,test_bj_cli_print,controlplane/cli/test_bj_cli_print.c,bj_cli bj_base)
