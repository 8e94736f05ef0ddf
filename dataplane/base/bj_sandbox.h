#ifndef BJ_SANDBOX_H
#define BJ_SANDBOX_H

/* bj_sandbox - what a process gives up at its start, for good: whoever comes into it by a fault
 * finds no more than it needs itself.
 *
 * Files    Landlock: only what is in its table, where its status file lies, and what every program
 *          needs (libraries, names of hosts, certificates, time zones).  Existing descriptors and
 *          mappings stay.  A file's rule is of that file: one that is replaced while the process
 *          runs needs BJ_MAY_FOLDER; /etc/resolv.conf and /etc/hosts have none, so a new one is
 *          read after a restart.
 * Calls    seccomp, through libseccomp: no other program, no process, no tracing, no mounts,
 *          namespaces, modules, BPF, keys or io_uring, no sockets but UNIX, IPv4 and IPv6, no
 *          memory that is written and run (but a file that it may write can be mapped to be run,
 *          as libraries are).  They fail with EPERM, another socket with EAFNOSUPPORT, clone3 with
 *          ENOSYS (its flags cannot be seen; libc takes clone).
 * Two steps  for who opens its ports in between: bj_sandbox_files at the start, bj_sandbox_only
 *          when what takes more is done.  That one lets nothing through but the calls that it is
 *          given and what every program needs: memory, threads, clocks, waiting, files, streams
 *          and datagrams; refused is said as above.
 * Threads  before any other is made: Landlock is of the thread that asks and those it makes.
 *          bj_sandbox_only is of all threads that are there.
 * Errors   false: the log says what; do not go on.  A kernel without Landlock is said in the log
 *          and is none.  Under a sanitizer it may also do what the sanitizer needs: read /proc,
 *          trace itself, start a process.
 * Cost     start-up; then 10 to 50 ns at each system call: the kernel keeps a bitmap of those that
 *          always pass, and runs the filter for the rest.
 * Source   landlock(7), seccomp(2), seccomp_rule_add(3). */
#include "dataplane/base/bj_config.h"

enum {
    BJ_MAY_READ = 1,
    BJ_MAY_WRITE = 2,  /* and read, make, rename and remove */
    BJ_MAY_FOLDER = 4, /* ... of all in the folder that it lies in */
};

/* A path, or a place in the configuration: each absolute path that stands there or below it, a
 * conninfo's passfile and files of TLS too.  What is not there, in the configuration or on the
 * disk, is no error. */
typedef struct bj_sandbox_rule {
    const char *at;
    unsigned    may;
} bj_sandbox_rule_t;

/* process: whose run_dir/PROCESS.status.json it writes. */
BJ_MUST_USE bool bj_sandbox_files(const bj_config_t *config, const char *process,
                                  const bj_sandbox_rule_t *rules, size_t rule_cnt);
/* calls: names of system calls besides; one that this machine does not have is passed over. */
BJ_MUST_USE bool bj_sandbox_only(const char *const *calls, size_t call_cnt);

/* Files, and calls by the list of what is refused. */
BJ_MUST_USE bool bj_sandbox_enter(const bj_config_t *config, const char *process,
                                  const bj_sandbox_rule_t *rules, size_t rule_cnt);

#endif /* BJ_SANDBOX_H */
