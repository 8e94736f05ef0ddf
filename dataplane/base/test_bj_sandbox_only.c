/* Goal: in a child that is left with the calls of its work, what a running service does goes on, in
 * a thread that was there before too, and all else is refused: each call by its error. */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "dataplane/base/bj_sandbox_priv.h"
#include "dataplane/base/bj_test.h"

static int failed(long rc) { return rc < 0 ? errno : 0; }

/* --- what must go on */
static void check_files(const char *dir) {
    char path[128], other[128];
    snprintf(path, sizeof path, "%s/file", dir);
    snprintf(other, sizeof other, "%s/other", dir);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    BJ_CHECK(fd >= 0 && posix_fallocate(fd, 0, 8192) == 0 && pwrite(fd, "x", 1, 100) == 1);
    void *mem = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    BJ_CHECK(mem != MAP_FAILED && ((char *)mem)[100] == 'x');
    BJ_CHECK(fdatasync(fd) == 0 && ftruncate(fd, 4096) == 0 && close(fd) == 0);
    BJ_CHECK(rename(path, other) == 0 && access(other, R_OK) == 0 && unlink(other) == 0);
}

static void *pass(void *arg) { return arg; }

static void check_work(const char *dir) {
    static const int families[] = {AF_UNIX, AF_INET, AF_INET6};
    const struct timespec moment = {.tv_nsec = 1};
    struct pollfd none;
    pthread_t thread;
    for (size_t i = 0; i < BJ_COUNT(families); i++) {
        int fd = socket(families[i], SOCK_STREAM | SOCK_CLOEXEC, 0);
        BJ_CHECK(fd >= 0 || families[i] == AF_INET6); /* a kernel without it */
        if (fd >= 0) close(fd);
    }
    BJ_CHECK(pthread_create(&thread, NULL, pass, NULL) == 0 && pthread_join(thread, NULL) == 0);
    BJ_CHECK(nanosleep(&moment, NULL) == 0 && poll(&none, 0, 1) == 0);
    BJ_CHECK(prctl(PR_SET_NAME, "named", 0, 0, 0) == 0);
    check_files(dir);
}

/* --- what must not */
static void check_calls(void) {
    union bpf_attr map = {.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4,
                          .max_entries = 1};
    struct rlimit limit = {1 << 20, 1 << 20};
    const struct {
        const char *name;
        int got, error;
    } rows[] = {
        {"bpf", failed(syscall(SYS_bpf, BPF_MAP_CREATE, &map, sizeof map)), EPERM},
        {"ptrace", failed(syscall(SYS_ptrace, 0, 0, 0, 0)), EPERM},
        {"process_vm_readv", failed(syscall(SYS_process_vm_readv, getpid(), 0, 0, 0, 0, 0)), EPERM},
        {"mount", failed(syscall(SYS_mount, "none", "/", "tmpfs", 0, 0)), EPERM},
        {"umount2", failed(syscall(SYS_umount2, "/nowhere", 0)), EPERM},
        {"chroot", failed(syscall(SYS_chroot, "/")), EPERM},
        {"keyctl", failed(syscall(SYS_keyctl, 0, -3, 0, 0, 0)), EPERM},
        {"add_key", failed(syscall(SYS_add_key, "user", "a", "b", 1, -3)), EPERM},
        {"unshare", failed(syscall(SYS_unshare, CLONE_FILES)), EPERM},
        {"setns", failed(syscall(SYS_setns, 0, 0)), EPERM},
        {"io_uring_setup", failed(syscall(SYS_io_uring_setup, 1, NULL)), EPERM},
        {"perf_event_open", failed(syscall(SYS_perf_event_open, 0, 0, 0, 0, 0)), EPERM},
        {"userfaultfd", failed(syscall(SYS_userfaultfd, 0)), EPERM},
        {"capset", failed(syscall(SYS_capset, NULL, NULL)), EPERM},
        {"setuid", failed(syscall(SYS_setuid, getuid())), EPERM},
        {"chmod", failed(syscall(SYS_chmod, "/nowhere", 0)), EPERM},
        {"symlink", failed(syscall(SYS_symlink, "/nowhere", "/nowhere")), EPERM},
        {"link", failed(syscall(SYS_link, "/nowhere", "/nowhere")), EPERM},
        {"kill", failed(kill(getppid(), 0)), EPERM},
        {"tgkill", failed(syscall(SYS_tgkill, getppid(), getppid(), 0)), EPERM},
        {"prlimit64", failed(syscall(SYS_prlimit64, 0, RLIMIT_CORE, &limit, NULL)), EPERM},
        {"prctl", failed(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)), EPERM},
        {"ioctl", failed(syscall(SYS_ioctl, 0, 0x5412 /* TIOCSTI */, "x")), EPERM},
        {"execve", failed(execl("/bin/true", "true", (char *)NULL)), EPERM},
        {"execveat", failed(syscall(SYS_execveat, AT_FDCWD, "/bin/true", NULL, NULL, 0)), EPERM},
        {"fork", failed(syscall(SYS_fork)), EPERM},
        {"vfork", failed(syscall(SYS_vfork)), EPERM},
        {"clone", failed(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0)), EPERM},
        {"clone3", failed(syscall(SYS_clone3, NULL, 0)), ENOSYS},
        {"none", failed(syscall(1000)), EPERM},
    };
    for (size_t i = 0; i < BJ_COUNT(rows); i++) {
        BJ_CHECK(rows[i].got == rows[i].error);
        if (rows[i].got != rows[i].error) fprintf(stderr, "%s: %d\n", rows[i].name, rows[i].got);
    }
}

static void check_families(void) {
    static const int families[] = {AF_UNSPEC, AF_NETLINK, AF_PACKET, AF_ALG, AF_VSOCK, AF_XDP};
    for (size_t i = 0; i < BJ_COUNT(families); i++) {
        BJ_CHECK(socket(families[i], SOCK_RAW | SOCK_CLOEXEC, 0) < 0 && errno == EAFNOSUPPORT);
    }
}

/* Not even a library's: a running one loads none. */
static void check_code(int program) {
    void *data = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    BJ_CHECK(mprotect(data, 4096, PROT_READ | PROT_EXEC) != 0 && errno == EPERM);
    BJ_CHECK(mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, program, 0) == MAP_FAILED);
    BJ_CHECK(errno == EPERM && mprotect(data, 4096, PROT_READ) == 0);
}

/* --- a thread that was there before */
static int told[2], heard[2];

static void *older(void *arg) {
    char said;
    int error = 0;
    if (read(told[0], &said, 1) == 1) error = failed(socket(AF_NETLINK, SOCK_RAW, 0));
    BJ_CHECK(error == EAFNOSUPPORT || BJ_SANDBOX_SANITIZED);
    BJ_CHECK(write(heard[1], "x", 1) == 1);
    return arg;
}

static void child(const bj_config_t *config, const char *dir) {
    static const char *const more[] = {"memfd_create", "no_such_call"};
    const bj_sandbox_rule_t rules[] = {{dir, BJ_MAY_WRITE}};
    pthread_t thread;
    char said;
    int program = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    BJ_CHECK(pipe2(told, O_CLOEXEC) == 0 && pipe2(heard, O_CLOEXEC) == 0 && program >= 0);
    BJ_CHECK(bj_sandbox_files(config, "me", rules, BJ_COUNT(rules)));
    BJ_CHECK(pthread_create(&thread, NULL, older, NULL) == 0);
    BJ_CHECK(bj_sandbox_only(more, BJ_COUNT(more)));
    check_work(dir);
    if (BJ_SANDBOX_SANITIZED) return; /* test_bj_sandbox has what holds there */
    BJ_CHECK(memfd_create("data", 0) >= 0);
    check_calls();
    check_families();
    check_code(program);
    BJ_CHECK(write(told[1], "x", 1) == 1 && read(heard[0], &said, 1) == 1);
    BJ_CHECK(pthread_join(thread, NULL) == 0);
}

static bj_config_t *config_make(const char *dir) {
    char file[128];
    snprintf(file, sizeof file, "%s/config.json", dir);
    FILE *out = fopen(file, "we");
    BJ_CHECK(out && fprintf(out, "{\"run_dir\": \"%s\"}", dir) > 0 && fclose(out) == 0);
    return bj_config_load(file);
}

int main(void) {
    char dir[] = "/tmp/bj_sandbox_only_XXXXXX", command[160];
    BJ_CHECK(mkdtemp(dir) != NULL);
    bj_config_t *config = config_make(dir);
    int status = -1;
    pid_t pid = fork();
    if (pid == 0) {
        child(config, dir);
        int rc = bj_test_end("test_bj_sandbox_only, inside");
        fflush(stdout);
        _exit(rc);
    }
    BJ_CHECK(pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status));
    BJ_CHECK(WEXITSTATUS(status) == 0);
    bj_config_free(config);
    snprintf(command, sizeof command, "rm -rf %s", dir);
    BJ_CHECK(system(command) == 0);
    return bj_test_end("test_bj_sandbox_only");
}
