$(call lib,bj_bus,controlplane/bus/bj_bus.c controlplane/bus/bj_bus_tls.c,nats ssl pthread)
$(call test,test_bj_bus,controlplane/bus/test_bj_bus.c,bj_bus bj_base,)
$(call test,test_bj_bus_tls,controlplane/bus/test_bj_bus_tls.c,bj_bus bj_base,ssl pthread)
