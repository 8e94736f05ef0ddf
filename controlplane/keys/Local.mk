K := controlplane/keys
$(call lib,bj_keys,$(K)/bj_seal.c $(K)/bj_vault.c $(K)/bj_vault_read.c $(K)/bj_keys.c $(K)/bj_keys_repo.c $(K)/bj_keys_wrap.c \
    $(K)/bj_keys_lookup.c $(K)/bj_mac.c $(K)/bj_cell.c,ssl curl jansson pthread)
$(call test,test_bj_seal,$(K)/test_bj_seal.c,bj_keys bj_base,)
$(call test,test_bj_mac,$(K)/test_bj_mac.c,bj_keys bj_base,)
$(call test,test_bj_vault,$(K)/test_bj_vault.c,bj_keys bj_base,)
$(call test,test_bj_keys,$(K)/test_bj_keys.c,bj_keys bj_http bj_text bj_trail bj_access bj_store bj_base,)
$(call fuzz,fuzz_bj_vault,$(K)/fuzz_bj_vault.c,bj_keys bj_base,)
