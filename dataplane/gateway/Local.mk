$(call lib,bj_nic,dataplane/gateway/bj_nic.c dataplane/gateway/bj_nic_xdp.c,dpdk)
$(call lib,bj_lwip,dataplane/gateway/bj_lwip.c,lwip)
