N := controlplane/notify
$(call lib,bj_notify,$(N)/bj_outbox.c $(N)/bj_mail.c $(N)/bj_mail_text.c $(N)/bj_sms.c,curl jansson pthread)
$(call test,test_bj_mail,$(N)/test_bj_mail.c,bj_notify bj_base,)
$(call test,test_bj_sms,$(N)/test_bj_sms.c,bj_notify bj_base,)
