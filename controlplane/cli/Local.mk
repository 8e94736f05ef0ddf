$(call lib,bj_cli,controlplane/cli/bj_cli_print.c controlplane/cli/bj_cli_http.c \
    controlplane/cli/bj_cli_args.c controlplane/cli/bj_cli_breaker.c \
    controlplane/cli/bj_cli_audit.c controlplane/cli/bj_cli_audit_verify.c \
    controlplane/cli/bj_cli_session.c controlplane/cli/bj_cli_people.c controlplane/cli/bj_cli_keys.c controlplane/cli/bj_cli_money.c controlplane/cli/bj_cli_hardware.c \
    controlplane/cli/bj_cli_waits.c controlplane/cli/bj_cli_words.c controlplane/cli/bj_cli_device.c controlplane/cli/bj_cli_device_key.c \
    controlplane/identity/bj_base64url.c,jansson curl ssl)
$(call bin,bijlictl,controlplane/cli/bijlictl.c,bj_cli bj_trail bj_text bj_calendar bj_base)
$(call test,test_bj_cli_print,controlplane/cli/test_bj_cli_print.c,bj_cli bj_base)
$(call test,test_bj_cli_args,controlplane/cli/test_bj_cli_args.c,bj_cli bj_text bj_base)
$(call test,test_bj_cli_waits,controlplane/cli/test_bj_cli_waits.c,bj_cli bj_base)
$(call test,test_bj_cli_breaker,controlplane/cli/test_bj_cli_breaker.c,bj_cli bj_calendar bj_base)
$(call test,test_bj_cli_audit,controlplane/cli/test_bj_cli_audit.c,bj_cli bj_trail bj_text bj_base,)
$(call test,test_bj_cli_session,controlplane/cli/test_bj_cli_session.c,bj_cli bj_base,)
$(call test,test_bj_cli_people,controlplane/cli/test_bj_cli_people.c,bj_cli bj_text bj_base,)
$(call test,test_bj_cli_device,controlplane/cli/test_bj_cli_device.c,bj_cli bj_base,)
$(call test,test_bj_cli_keys,controlplane/cli/test_bj_cli_keys.c,bj_cli bj_base,)
$(call test,test_bj_cli_hardware,controlplane/cli/test_bj_cli_hardware.c,bj_cli bj_base,)
$(call test,test_bj_cli_money,controlplane/cli/test_bj_cli_money.c,bj_cli bj_base,)
