$(call lib,bj_audit,dataplane/audit/bj_audit_read.c dataplane/audit/bj_audit_index.c \
    dataplane/audit/bj_audit_find.c dataplane/audit/bj_audit_writer.c,)
$(call bin,bijli-audit,dataplane/audit/bijli_audit.c dataplane/audit/bj_audit_text.c, \
    bj_audit bj_nnf bj_oe bj_base,)
$(call test,test_bj_audit,dataplane/audit/test_bj_audit.c dataplane/audit/bj_audit_text.c, \
    bj_audit bj_nnf bj_oe bj_base,)
$(call fuzz,fuzz_bj_audit,dataplane/audit/fuzz_bj_audit.c,bj_audit bj_oe bj_base,)
