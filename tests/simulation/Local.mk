# What the simulation stands in for: sim_wrap.h.
SIM_WRAPS := malloc calloc aligned_alloc free pthread_create pthread_join pthread_mutex_init \
    pthread_mutex_lock pthread_mutex_unlock pthread_mutex_destroy pthread_cond_init \
    pthread_cond_wait pthread_cond_signal pthread_cond_destroy usleep clock_gettime getrandom \
    open close pread pwrite fdatasync fsync posix_fallocate ftruncate fstat flock rename unlink \
    unlinkat mkdir opendir readdir closedir dirfd mmap munmap msync bj_log_line \
    bj_journal_open bj_journal_open_after bj_journal_create bj_journal_seed access \
    socket setsockopt getsockopt \
    bind listen connect accept4 recv send poll eventfd read write bj_config_str bj_config_str_or \
    bj_config_int bj_config_int_or bj_config_bool_or bj_config_cnt bj_config_secret bj_engine_footprint bj_engine_new \
    bj_engine_apply
SIM_FILES := sim_order sim_world sim_truth sim_readers sim_crowd sim_client sim_net sim_process sim_disk \
    sim_disk_calls sim_proc sim_core sim_evlog sim_sock sim_config \
    sim_standby sim_node sim_pair
# One thread and its own stacks: nothing for the thread sanitizer, which knows nothing of them.
ifeq (,$(filter tsan,$(EXTRAS)))
$(call test,sim_order,$(SIM_FILES:%=tests/simulation/%.c) dataplane/main/bj_restore.c \
    dataplane/main/bj_event_lane.c dataplane/main/bj_resume.c \
    dataplane/main/bj_replica_tile.c dataplane/main/bj_sources.c,bj_standby bj_epoch bj_replica bj_journal_tail bj_snap \
    bj_shape bj_journal bj_tile bj_gateway \
    bj_engine bj_match bj_risk bj_book bj_cmd bj_oe_client bj_oe_tls bj_oe bj_base,)
$(B)/test/sim_order: LDFLAGS += $(SIM_WRAPS:%=-Wl,--wrap=%)
endif
