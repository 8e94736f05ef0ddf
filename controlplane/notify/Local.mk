$(call lib,bj_notify,controlplane/notify/bj_mail.c controlplane/notify/bj_mail_text.c,curl pthread)
$(call test,test_bj_mail,controlplane/notify/test_bj_mail.c,bj_notify bj_base,)
