$(call lib,bj_text,controlplane/text/bj_text.c,)
$(call test,test_bj_text,controlplane/text/test_bj_text.c,bj_text bj_base,)
