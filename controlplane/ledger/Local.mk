$(call lib,bj_ledger,controlplane/ledger/bj_ledger.c)
$(call test,test_bj_ledger,controlplane/ledger/test_bj_ledger.c,bj_ledger bj_trail bj_access bj_store bj_base,pthread)
