$(call lib,bj_nic,dataplane/gateway/bj_nic.c dataplane/gateway/bj_nic_xdp.c,dpdk)
$(call lib,bj_lwip,dataplane/gateway/bj_lwip.c dataplane/gateway/bj_lwip_echo.c,lwip ssl)
$(call lib,bj_ksock,dataplane/gateway/bj_ksock.c,ssl)
$(call lib,bj_gateway_tls,dataplane/gateway/bj_gateway_tls.c dataplane/gateway/bj_gateway_certs.c,ssl)
$(call lib,bj_gateway,dataplane/gateway/bj_gateway.c dataplane/gateway/bj_gateway_in.c \
    dataplane/gateway/bj_gateway_out.c dataplane/gateway/bj_gateway_step.c \
    dataplane/gateway/bj_gateway_rights.c dataplane/gateway/bj_gateway_throttle.c,ssl)
$(call test,test_bj_gateway,dataplane/gateway/test_bj_gateway.c,bj_gateway bj_oe bj_base,)
$(call test,test_bj_gateway_ends,dataplane/gateway/test_bj_gateway_ends.c,bj_gateway bj_oe bj_base,)
$(call test,test_bj_ksock,dataplane/gateway/test_bj_ksock.c,bj_ksock bj_gateway_tls bj_oe_tls bj_gateway bj_oe bj_base,)
$(call test,test_bj_throttle,dataplane/gateway/test_bj_throttle.c,bj_gateway bj_oe bj_base,)
$(call test,test_bj_gateway_rights,dataplane/gateway/test_bj_gateway_rights.c,bj_gateway bj_oe bj_base,)
$(call test,test_bj_gateway_many,dataplane/gateway/test_bj_gateway_many.c,bj_gateway bj_oe bj_base,)
$(call test,test_bj_gateway_audit,dataplane/gateway/test_bj_gateway_audit.c,bj_gateway bj_audit bj_oe bj_base,)
$(call test,test_bj_lwip,dataplane/gateway/test_bj_lwip.c,bj_lwip bj_gateway_tls bj_oe_tls bj_gateway bj_oe bj_base,)
$(call test,test_bj_lwip_echo,dataplane/gateway/test_bj_lwip_echo.c,bj_lwip bj_gateway_tls bj_oe_tls bj_gateway bj_oe bj_base,)
$(call bench,bench_bj_gateway,dataplane/gateway/bench_bj_gateway.c,bj_gateway bj_oe bj_base,)
$(call fuzz,fuzz_bj_gateway,dataplane/gateway/fuzz_bj_gateway.c,bj_gateway bj_oe bj_base,)
$(call test,test_bj_nnf_engine,dataplane/gateway/test_bj_nnf_engine.c,bj_nnf_server bj_nnf $(ENGINE_LIBS),)
$(call test,test_bj_nnf_reconcile,dataplane/gateway/test_bj_nnf_reconcile.c,bj_nnf_client \
    bj_nnf_server bj_nnf $(ENGINE_LIBS),)
$(call lib,bj_uplink,dataplane/gateway/bj_uplink.c,)
$(call test,test_bj_uplink,dataplane/gateway/test_bj_uplink.c,bj_uplink bj_nnf_client bj_nnf_server \
    bj_nnf $(ENGINE_LIBS),)
$(call test,test_bj_uplink_stray,dataplane/gateway/test_bj_uplink_stray.c,bj_uplink bj_nnf_client \
    bj_nnf bj_base,)
$(call test,test_bj_uplink_missing,dataplane/gateway/test_bj_uplink_missing.c,bj_uplink \
    bj_nnf_client bj_nnf $(ENGINE_LIBS),)
$(call lib,bj_uplink_net,dataplane/gateway/bj_uplink_net.c,ssl)
$(call test,test_bj_uplink_net,dataplane/gateway/test_bj_uplink_net.c,bj_uplink_net bj_nnf_client \
    bj_nnf_server bj_nnf $(ENGINE_LIBS),ssl)
TLS_LIBS := bj_gateway_tls bj_oe_tls bj_gateway bj_oe bj_base
$(call test,test_bj_gateway_tls,dataplane/gateway/test_bj_gateway_tls.c,$(TLS_LIBS),ssl)
$(call test,test_bj_gateway_tls_bad,dataplane/gateway/test_bj_gateway_tls_bad.c,$(TLS_LIBS),ssl)
$(call bench,bench_bj_gateway_tls,dataplane/gateway/bench_bj_gateway_tls.c,$(TLS_LIBS),ssl)
$(call fuzz,fuzz_bj_gateway_tls,dataplane/gateway/fuzz_bj_gateway_tls.c,$(TLS_LIBS),ssl)
$(call test,test_bj_ksock_tls,dataplane/gateway/test_bj_ksock_tls.c,bj_ksock bj_oe_client $(TLS_LIBS),ssl)
