#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_sandbox_priv.h"

/* With any arguments: on files and addresses others decide, owners, modes and Landlock. */
static const char *const every[] = {
    /* memory */
    "brk", "madvise", "mincore", "mlock", "mremap", "msync", "munlock", "munmap",
    /* threads and signals of its own; libc gives up rseq and the like only on ENOSYS */
    "exit", "exit_group", "futex", "getcpu", "membarrier", "restart_syscall", "rseq",
    "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "rt_sigsuspend", "rt_sigtimedwait",
    "sched_getaffinity", "sched_setaffinity", "sched_yield", "set_robust_list", "set_tid_address",
    "sigaltstack",
    /* who and when */
    "clock_getres", "clock_gettime", "clock_nanosleep", "getegid", "geteuid", "getgid", "getpid",
    "getppid", "getrandom", "getrusage", "gettid", "gettimeofday", "getuid", "nanosleep",
    "sysinfo", "time", "uname",
    /* files */
    "access", "close", "faccessat", "faccessat2", "fadvise64", "fallocate", "fcntl", "fdatasync",
    "flock", "fstat", "fstatfs", "fsync", "ftruncate", "getcwd", "getdents64", "lseek", "lstat",
    "mkdir", "mkdirat", "newfstatat", "open", "openat", "pread64", "preadv", "pwrite64", "pwritev",
    "read", "readlink", "readlinkat", "readv", "rename", "renameat", "renameat2", "stat", "statfs",
    "statx", "sync_file_range", "unlink", "unlinkat", "write", "writev",
    /* streams and datagrams, and waiting for them */
    "accept", "accept4", "bind", "connect", "dup", "epoll_create", "epoll_create1", "epoll_ctl",
    "epoll_pwait", "epoll_wait", "eventfd2", "getpeername", "getsockname", "getsockopt", "listen",
    "poll", "ppoll", "pselect6", "recvfrom", "recvmmsg", "recvmsg", "select", "sendmmsg",
    "sendmsg", "sendto", "setsockopt", "shutdown", "timerfd_create", "timerfd_gettime",
    "timerfd_settime"};

static int let_if(scmp_filter_ctx filter, int number, struct scmp_arg_cmp compare) {
    return seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 1, compare);
}

static int let_each(scmp_filter_ctx filter, int number, unsigned arg, const uint64_t *values,
                    size_t value_cnt) {
    int rc = 0;
    for (size_t i = 0; i < value_cnt && rc == 0; i++)
        rc = let_if(filter, number, SCMP_CMP64(arg, SCMP_CMP_EQ, values[i]));
    return rc;
}

/* Nothing is run but what is mapped now, nor as another process. */
static int let_code(scmp_filter_ctx filter) {
    int rc = let_if(filter, SCMP_SYS(mmap), SCMP_A2_64(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    if (rc == 0)
        rc = let_if(filter, SCMP_SYS(mprotect), SCMP_A2_64(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    if (rc == 0)
        rc = let_if(filter, SCMP_SYS(clone),
                    SCMP_A0_64(SCMP_CMP_MASKED_EQ,
                               CLONE_THREAD | CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS |
                                   CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET,
                               CLONE_THREAD));
    /* Its flags cannot be seen; libc takes clone. */
    if (rc == 0) rc = bj_sandbox_rule(filter, "clone3", SCMP_ACT_ERRNO(ENOSYS));
    return rc;
}

static int let_limited(scmp_filter_ctx filter) {
    static const uint64_t asked[] = {FIONBIO, FIONREAD, TCGETS};
    static const uint64_t of_thread[] = {PR_SET_NAME, PR_GET_NAME, PR_SET_TIMERSLACK};
    int rc = let_each(filter, SCMP_SYS(ioctl), 1, asked, BJ_COUNT(asked));
    if (rc == 0) rc = let_each(filter, SCMP_SYS(prctl), 0, of_thread, BJ_COUNT(of_thread));
    /* To itself: abort. */
    if (rc == 0)
        rc = let_if(filter, SCMP_SYS(tgkill), SCMP_A0_64(SCMP_CMP_EQ, (uint64_t)getpid()));
    /* Limits are read, not set. */
    if (rc == 0) rc = let_if(filter, SCMP_SYS(prlimit64), SCMP_A2_64(SCMP_CMP_EQ, 0));
    return rc;
}

static int let_families(scmp_filter_ctx filter) {
    static const int families[] = {AF_UNIX, AF_INET, AF_INET6};
    int rc = 0;
    for (int family = 0; family <= AF_INET6 && rc == 0; family++) {
        bool let = false;
        for (size_t i = 0; i < BJ_COUNT(families); i++) let |= families[i] == family;
        rc = seccomp_rule_add(filter, let ? SCMP_ACT_ALLOW : SCMP_ACT_ERRNO(EAFNOSUPPORT),
                              SCMP_SYS(socket), 1, SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)family));
    }
    if (rc != 0) return rc;
    return seccomp_rule_add(filter, SCMP_ACT_ERRNO(EAFNOSUPPORT), SCMP_SYS(socket), 1,
                            SCMP_A0(SCMP_CMP_GT, AF_INET6));
}

bool bj_sandbox_only(const char *const *calls, size_t call_cnt) {
    if (BJ_SANDBOX_SANITIZED) return bj_sandbox_calls(); /* nobody knows what a sanitizer needs */
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    int rc = filter ? 0 : -ENOMEM;
    for (size_t i = 0; i < BJ_COUNT(every) && rc == 0; i++)
        rc = bj_sandbox_rule(filter, every[i], SCMP_ACT_ALLOW);
    for (size_t i = 0; i < call_cnt && rc == 0; i++)
        rc = bj_sandbox_rule(filter, calls[i], SCMP_ACT_ALLOW);
    if (rc == 0) rc = let_code(filter);
    if (rc == 0) rc = let_limited(filter);
    if (rc == 0) rc = let_families(filter);
    if (rc == 0) rc = bj_sandbox_load(filter);
    if (filter) seccomp_release(filter);
    if (rc != 0) BJ_ERROR("sandbox: system calls cannot be refused: %s", strerror(-rc));
    return rc == 0;
}
