CMD_SRC := dataplane/wire/bj_limit.c dataplane/wire/bj_cmd_reason.c
$(call lib,bj_cmd,$(CMD_SRC),)
$(call lib,bj_oe,dataplane/wire/bj_oe_codec.c $(CMD_SRC),ssl)
$(call lib,bj_oe_tls,dataplane/wire/bj_oe_tls.c dataplane/wire/bj_oe_sock.c \
    dataplane/wire/bj_oe_way.c,ssl)
$(call lib,bj_oe_client,dataplane/wire/bj_oe_client.c,)
$(call test,test_bj_cmd,dataplane/wire/test_bj_cmd.c,bj_cmd bj_base)
$(call test,test_bj_oe_codec,dataplane/wire/test_bj_oe_codec.c,bj_oe bj_base)
$(call test,test_bj_oe_client,dataplane/wire/test_bj_oe_client.c,bj_oe_client bj_oe bj_base)
$(call test,test_bj_oe_doc,dataplane/wire/test_bj_oe_doc.c,bj_oe_client bj_oe bj_base)
$(call fuzz,fuzz_bj_oe,dataplane/wire/fuzz_bj_oe.c,bj_oe bj_base)
$(call fuzz,fuzz_bj_oe_client,dataplane/wire/fuzz_bj_oe_client.c,bj_oe_client bj_oe bj_base)
