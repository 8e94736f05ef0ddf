$(call lib,bj_nnf,dataplane/nnf/bj_nnf_layout.c dataplane/nnf/bj_nnf_codec.c \
    dataplane/nnf/bj_nnf_frame.c dataplane/nnf/bj_nnf_reason.c dataplane/nnf/bj_nnf_book.c \
    dataplane/nnf/bj_nnf_mask.c dataplane/nnf/bj_nnf_text.c,ssl)
$(call lib,bj_nnf_server,dataplane/nnf/bj_nnf_server.c dataplane/nnf/bj_nnf_server_box.c \
    dataplane/nnf/bj_nnf_server_order.c dataplane/nnf/bj_nnf_server_report.c \
    dataplane/nnf/bj_nnf_server_download.c dataplane/nnf/bj_nnf_server_keep.c,ssl)
$(call lib,bj_nnf_client,dataplane/nnf/bj_nnf_client.c dataplane/nnf/bj_nnf_client_session.c \
    dataplane/nnf/bj_nnf_client_order.c dataplane/nnf/bj_nnf_client_find.c \
    dataplane/nnf/bj_nnf_client_answer.c dataplane/nnf/bj_nnf_client_reconcile.c,ssl)
NNF_LIBS := bj_nnf_server bj_nnf bj_base
$(call test,test_bj_nnf_codec,dataplane/nnf/test_bj_nnf_codec.c,bj_nnf bj_base,)
$(call test,test_bj_nnf_frame,dataplane/nnf/test_bj_nnf_frame.c,bj_nnf bj_base,)
$(call test,test_bj_nnf_reason,dataplane/nnf/test_bj_nnf_reason.c,bj_nnf bj_base,)
$(call test,test_bj_nnf_mask,dataplane/nnf/test_bj_nnf_mask.c,bj_nnf bj_base,)
$(call test,test_bj_nnf_server,dataplane/nnf/test_bj_nnf_server.c,$(NNF_LIBS),)
$(call test,test_bj_nnf_server_day,dataplane/nnf/test_bj_nnf_server_day.c,$(NNF_LIBS),)
$(call fuzz,fuzz_bj_nnf,dataplane/nnf/fuzz_bj_nnf.c,bj_nnf bj_base,)
$(call fuzz,fuzz_bj_nnf_server,dataplane/nnf/fuzz_bj_nnf_server.c,$(NNF_LIBS),)
$(call lib,bj_nnf_sock,dataplane/nnf/bj_nnf_sock.c dataplane/nnf/bj_nnf_setup.c,ssl)
$(call test,test_bj_nnf_sock,dataplane/nnf/test_bj_nnf_sock.c,bj_nnf_sock $(NNF_LIBS),)
$(call bench,bench_bj_nnf,dataplane/nnf/bench_bj_nnf.c,$(NNF_LIBS),)
$(call test,test_bj_nnf_client,dataplane/nnf/test_bj_nnf_client.c,bj_nnf_client bj_nnf bj_base,)
$(call test,test_bj_nnf_client_loss,dataplane/nnf/test_bj_nnf_client_loss.c,bj_nnf_client bj_nnf \
    bj_base,)
$(call test,test_bj_nnf_client_wait,dataplane/nnf/test_bj_nnf_client_wait.c,bj_nnf_client bj_nnf \
    bj_base,)
$(call fuzz,fuzz_bj_nnf_client,dataplane/nnf/fuzz_bj_nnf_client.c,bj_nnf_client bj_nnf bj_base,)
