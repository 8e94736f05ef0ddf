#ifndef SIM_WRAP_H
#define SIM_WRAP_H

/* sim_wrap - the calls that the linker turns to the simulation (-Wl,--wrap=NAME in Local.mk): the
 * code under test says NAME and gets __wrap_NAME; __real_NAME is the C library's.  Paths begin with
 * /sim, descriptors at SIM_FD_BASE: a call that is missing here finds neither on the real machine,
 * and fails. */
#include <dirent.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>
#include "dataplane/base/bj_config.h"
#include "dataplane/base/bj_log.h"
#include "dataplane/engine/bj_engine.h"
#include "dataplane/journal/bj_journal_priv.h"

void *__real_malloc(size_t bytes);
void *__real_calloc(size_t cnt, size_t bytes);
void *__real_aligned_alloc(size_t align, size_t bytes);
void  __real_free(void *mem);
void *__real_mmap(void *at, size_t bytes, int prot, int flags, int fd, off_t from);
int   __real_munmap(void *mem, size_t bytes);

void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t cnt, size_t bytes);
void *__wrap_aligned_alloc(size_t align, size_t bytes);
void  __wrap_free(void *mem);
int   __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*main)(void *),
                            void *arg);
int   __wrap_pthread_join(pthread_t thread, void **result);
int   __wrap_pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attr);
int   __wrap_pthread_mutex_lock(pthread_mutex_t *mutex);
int   __wrap_pthread_mutex_unlock(pthread_mutex_t *mutex);
int   __wrap_pthread_mutex_destroy(pthread_mutex_t *mutex);
int   __wrap_pthread_cond_init(pthread_cond_t *cond, const pthread_condattr_t *attr);
int   __wrap_pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex);
int   __wrap_pthread_cond_signal(pthread_cond_t *cond);
int   __wrap_pthread_cond_destroy(pthread_cond_t *cond);
int   __wrap_usleep(useconds_t us);
int   __wrap_clock_gettime(clockid_t clock, struct timespec *ts);
ssize_t __wrap_getrandom(void *data, size_t data_bytes, unsigned flags);
void  __wrap_bj_log_line(bj_log_level_t level, const char *where, const char *format, ...);

int   __wrap_open(const char *path, int flags, ...);
int   __wrap_close(int fd);
ssize_t __wrap_pread(int fd, void *data, size_t data_bytes, off_t at);
ssize_t __wrap_pwrite(int fd, const void *data, size_t data_bytes, off_t at);
int   __wrap_fdatasync(int fd);
int   __wrap_fsync(int fd);
int   __wrap_posix_fallocate(int fd, off_t at, off_t bytes);
int   __wrap_ftruncate(int fd, off_t bytes);
int   __wrap_fstat(int fd, struct stat *st);
int   __wrap_flock(int fd, int how);
int   __wrap_rename(const char *from, const char *to);
int   __wrap_unlink(const char *path);
int   __wrap_unlinkat(int dir_fd, const char *name, int flags);
int   __wrap_mkdir(const char *path, mode_t mode);
DIR  *__wrap_opendir(const char *path);
struct dirent *__wrap_readdir(DIR *dir);
int   __wrap_closedir(DIR *dir);
int   __wrap_dirfd(DIR *dir);
void *__wrap_mmap(void *at, size_t bytes, int prot, int flags, int fd, off_t from);
int   __wrap_munmap(void *mem, size_t bytes);
int   __wrap_msync(void *mem, size_t bytes, int flags);

int   __wrap_access(const char *path, int mode);
int   __wrap_socket(int domain, int type, int protocol);
int   __wrap_setsockopt(int fd, int level, int name, const void *value, socklen_t bytes);
int   __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *bytes);
int   __wrap_bind(int fd, const struct sockaddr *address, socklen_t bytes);
int   __wrap_listen(int fd, int backlog);
int   __wrap_connect(int fd, const struct sockaddr *address, socklen_t bytes);
int   __wrap_accept4(int fd, struct sockaddr *address, socklen_t *bytes, int flags);
ssize_t __wrap_recv(int fd, void *data, size_t data_bytes, int flags);
ssize_t __wrap_send(int fd, const void *data, size_t data_bytes, int flags);
int   __wrap_poll(struct pollfd *polls, nfds_t cnt, int wait_ms);
int   __wrap_eventfd(unsigned count, int flags);
ssize_t __wrap_write(int fd, const void *data, size_t data_bytes);
ssize_t __wrap_read(int fd, void *data, size_t data_bytes);
ssize_t __real_write(int fd, const void *data, size_t data_bytes);
ssize_t __real_read(int fd, void *data, size_t data_bytes);

const char *__wrap_bj_config_str(const bj_config_t *config, const char *path);
const char *__wrap_bj_config_str_or(const bj_config_t *config, const char *path,
                                    const char *or_else);
int64_t __wrap_bj_config_int(const bj_config_t *config, const char *path, int64_t min,
                             int64_t max);
size_t __wrap_bj_config_cnt(const bj_config_t *config, const char *path);
bool  __wrap_bj_config_bool_or(const bj_config_t *config, const char *path, bool or_else);
int64_t __wrap_bj_config_int_or(const bj_config_t *config, const char *path, int64_t min,
                                int64_t max, int64_t or_else);
void  __wrap_bj_config_secret(const bj_config_t *config, const char *path, char *out,
                              size_t out_bytes);
size_t __wrap_bj_engine_footprint(const bj_engine_config_t *config);
bj_engine_t *__wrap_bj_engine_new(void *mem, const bj_engine_config_t *config);
const bj_event_t *__wrap_bj_engine_apply(bj_engine_t *engine, bj_cmd_t *cmd, size_t *event_cnt);
const bj_event_t *__real_bj_engine_apply(bj_engine_t *engine, bj_cmd_t *cmd, size_t *event_cnt);
size_t __real_bj_engine_footprint(const bj_engine_config_t *config);
bj_engine_t *__real_bj_engine_new(void *mem, const bj_engine_config_t *config);

/* Files of SIM_JOURNAL_FILE_BYTES, so that a run fills several. */
enum { SIM_JOURNAL_FILE_BYTES = BJ_JOURNAL_HEADER_BYTES + 64 * 128 };
bj_status_t __wrap_bj_journal_open(const char *dir, bool durable, bj_journal_replay_fn *replay,
                                   void *ctx, bj_journal_report_t *report, bj_journal_t **journal);
bj_status_t __wrap_bj_journal_open_after(const char *dir, bool durable, uint64_t after_seq,
                                         bj_journal_replay_fn *replay, void *ctx,
                                         bj_journal_report_t *report, bj_journal_t **journal);
bj_status_t __wrap_bj_journal_seed(const char *dir, uint64_t journal_id, bool venue);
bj_status_t __wrap_bj_journal_create(const char *dir, bool durable, bool venue,
                                     bj_journal_report_t *report, bj_journal_t **journal);

#endif /* SIM_WRAP_H */
