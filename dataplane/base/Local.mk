$(call lib,bj_base,dataplane/base/bj_status.c dataplane/base/bj_log.c dataplane/base/bj_crc32c.c \
    dataplane/base/bj_config.c dataplane/base/bj_health.c dataplane/base/bj_shm.c \
    dataplane/base/bj_pages.c dataplane/base/bj_universe.c dataplane/base/bj_hist.c dataplane/base/bj_stamp.c \
    dataplane/base/bj_ctl.c dataplane/base/bj_run.c dataplane/base/bj_caps.c dataplane/base/bj_tcp.c,jansson)
# Apart: libseccomp is of those who give something up.
$(call lib,bj_sandbox,dataplane/base/bj_sandbox.c dataplane/base/bj_sandbox_calls.c \
    dataplane/base/bj_sandbox_only.c,seccomp)
$(call test,test_bj_sandbox,dataplane/base/test_bj_sandbox.c,bj_sandbox bj_base)
$(call test,test_bj_sandbox_only,dataplane/base/test_bj_sandbox_only.c,bj_sandbox bj_base)
$(call test,test_bj_base,dataplane/base/test_bj_base.c,bj_base)
$(call test,test_bj_hist,dataplane/base/test_bj_hist.c,bj_base)
$(call bench,bench_bj_machine,dataplane/base/bench_bj_machine.c,bj_base)
$(call bench,bench_bj_hist,dataplane/base/bench_bj_hist.c,bj_base)
$(call test,test_bj_ring,dataplane/base/test_bj_ring.c,bj_base)
$(call test,test_bj_universe,dataplane/base/test_bj_universe.c,bj_base)
