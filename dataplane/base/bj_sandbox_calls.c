#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/socket.h>

#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_sandbox_priv.h"

/* Names that libseccomp does not know, or the machine does not have, are passed over. */
static const char *const refused[] = {
    "acct", "add_key", "adjtimex", "bpf", "chroot", "clock_adjtime", "clock_settime",
    "delete_module", "execveat", "finit_module", "fsconfig", "fsmount", "fsopen", "fspick",
    "init_module", "io_uring_enter", "io_uring_register", "io_uring_setup", "ioperm", "iopl",
    "kcmp", "kexec_file_load", "kexec_load", "keyctl", "lookup_dcookie", "memfd_create", "mknod",
    "mknodat", "modify_ldt", "mount", "mount_setattr", "move_mount", "name_to_handle_at",
    "open_by_handle_at", "open_tree", "perf_event_open", "personality", "pidfd_getfd",
    "pivot_root", "process_madvise", "process_vm_writev", "quotactl", "quotactl_fd", "reboot",
    "request_key", "setdomainname", "sethostname", "setns", "settimeofday", "swapoff", "swapon",
    "syslog", "umount", "umount2", "unshare", "userfaultfd", "uselib", "vhangup"};
/* A sanitizer starts a process that traces its own, and a program that names what it found. */
static const char *const refused_unless_sanitized[] = {"execve", "fork", "vfork", "ptrace",
                                                       "process_vm_readv"};

int bj_sandbox_rule(scmp_filter_ctx filter, const char *name, uint32_t action) {
    int number = seccomp_syscall_resolve_name(name);
    if (number == __NR_SCMP_ERROR || number < 0) return 0;
    return seccomp_rule_add(filter, action, number, 0);
}

int bj_sandbox_load(scmp_filter_ctx filter) {
    int rc = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
    if (rc == 0) rc = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2); /* a tree */
    return rc == 0 ? seccomp_load(filter) : rc;
}

static int refuse(scmp_filter_ctx filter, const char *name, int error) {
    return bj_sandbox_rule(filter, name, SCMP_ACT_ERRNO((uint32_t)error));
}

static int refuse_all(scmp_filter_ctx filter, const char *const *names, size_t name_cnt) {
    int rc = 0;
    for (size_t i = 0; i < name_cnt && rc == 0; i++) rc = refuse(filter, names[i], EPERM);
    return rc;
}

static int refuse_bits(scmp_filter_ctx filter, int number, unsigned arg, uint64_t mask,
                       uint64_t bits) {
    return seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), number, 1,
                            SCMP_CMP64(arg, SCMP_CMP_MASKED_EQ, mask, bits));
}

/* Threads yes, processes and namespaces no. */
static int refuse_clones(scmp_filter_ctx filter) {
    static const uint64_t spaces[] = {CLONE_NEWNS, CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC,
                                      CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET};
    int rc = refuse(filter, "clone3", ENOSYS);
    if (rc == 0 && !BJ_SANDBOX_SANITIZED)
        rc = refuse_bits(filter, SCMP_SYS(clone), 0, CLONE_THREAD, 0);
    for (size_t i = 0; i < BJ_COUNT(spaces) && rc == 0; i++)
        rc = refuse_bits(filter, SCMP_SYS(clone), 0, spaces[i], spaces[i]);
    return rc;
}

static int refuse_families(scmp_filter_ctx filter) {
    int rc = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EAFNOSUPPORT), SCMP_SYS(socket), 1,
                              SCMP_A0(SCMP_CMP_GT, AF_INET6));
    for (int family = 0; family < AF_INET6 && rc == 0; family++) {
        if (family == AF_UNIX || family == AF_INET) continue;
        rc = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EAFNOSUPPORT), SCMP_SYS(socket), 1,
                              SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)family));
    }
    return rc;
}

/* A library's code is mapped as it lies on the disk; nothing else is run. */
static int refuse_written_code(scmp_filter_ctx filter) {
    enum { WRITTEN_CODE = PROT_WRITE | PROT_EXEC };
    int rc = refuse_bits(filter, SCMP_SYS(mmap), 2, WRITTEN_CODE, WRITTEN_CODE);
    if (rc == 0) rc = refuse_bits(filter, SCMP_SYS(mprotect), 2, PROT_EXEC, PROT_EXEC);
    if (rc == 0) rc = refuse_bits(filter, SCMP_SYS(pkey_mprotect), 2, PROT_EXEC, PROT_EXEC);
    if (rc == 0) rc = refuse_bits(filter, SCMP_SYS(shmat), 2, SHM_EXEC, SHM_EXEC);
    return rc;
}

bool bj_sandbox_calls(void) {
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    if (!filter) {
        BJ_ERROR("sandbox: no memory for the filter of system calls");
        return false;
    }
    int rc = refuse_all(filter, refused, BJ_COUNT(refused));
    if (rc == 0 && !BJ_SANDBOX_SANITIZED)
        rc = refuse_all(filter, refused_unless_sanitized, BJ_COUNT(refused_unless_sanitized));
    if (rc == 0) rc = refuse_clones(filter);
    if (rc == 0) rc = refuse_families(filter);
    if (rc == 0) rc = refuse_written_code(filter);
    if (rc == 0) rc = bj_sandbox_load(filter);
    seccomp_release(filter);
    if (rc != 0) BJ_ERROR("sandbox: system calls cannot be refused: %s", strerror(-rc));
    return rc == 0;
}
