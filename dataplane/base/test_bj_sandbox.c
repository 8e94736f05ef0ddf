/* Goal: in a child that has entered the sandbox what its table names can be read and written, and
 * what it does not name is refused: files, programs, processes, sockets, code that was written. */
#include "dataplane/base/bj_sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dataplane/base/bj_health.h"
#include "dataplane/base/bj_sandbox_priv.h"
#include "dataplane/base/bj_test.h"
#include "dataplane/base/files_test.h"

/* errno of an open; 0: it opens. */
static int opens(const char *path, int how) {
    int fd = open(path, how | O_CLOEXEC, 0600);
    if (fd < 0) return errno;
    close(fd);
    return 0;
}

static void check_files(void) {
    BJ_CHECK(opens(test_path("etc/key"), O_RDONLY) == 0);
    BJ_CHECK(opens(test_path("etc/pass"), O_RDONLY) == 0); /* of a conninfo */
    BJ_CHECK(opens(test_path("etc/ca"), O_RDONLY) == 0);
    BJ_CHECK(opens(test_path("etc/key"), O_WRONLY) == EACCES);
    BJ_CHECK(opens(test_path("etc/other"), O_RDONLY) == EACCES);
    BJ_CHECK(opens(test_path("etc"), O_RDONLY | O_DIRECTORY) == EACCES);
    BJ_CHECK(opens("/etc/shadow", O_RDONLY) == EACCES);
    BJ_CHECK(opens("/etc/passwd", O_WRONLY) == EACCES);
    BJ_CHECK(opens(test_path("made"), O_WRONLY | O_CREAT) == EACCES);
    BJ_CHECK(opens(test_path("data/mine"), O_RDWR | O_CREAT) == 0);
    BJ_CHECK(unlink(test_path("data/mine")) == 0);
    BJ_CHECK(unlink(test_path("etc/other")) != 0 && errno == EACCES);
    BJ_CHECK(symlink("/etc/shadow", test_path("data/link")) != 0 && errno == EACCES);
    /* The folder of what is replaced: the new one too. */
    BJ_CHECK(opens(test_path("folder/new"), O_RDONLY) == 0);
    BJ_CHECK(BJ_SANDBOX_SANITIZED || opens("/proc/self/environ", O_RDONLY) == EACCES);
}

static void check_status(void) {
    bj_health_t health = {.state = BJ_HEALTH_UP}, heard;
    BJ_CHECK(bj_health_write(test_path("run"), "me", &health));
    BJ_CHECK(opens(test_path("run/other"), O_WRONLY | O_CREAT) == EACCES); /* its own folder only */
    bj_health_read(test_path("run"), "me", health.time_ns, &heard);
    BJ_CHECK(heard.pid == getpid());
}

static void *thread(void *arg) { return arg; }

static void check_calls(void) {
    static const int families[] = {AF_NETLINK, AF_PACKET, AF_ALG, AF_VSOCK, AF_BLUETOOTH, AF_XDP};
    static const int common[] = {AF_UNIX, AF_INET, AF_INET6};
    pthread_t made;
    for (size_t i = 0; i < BJ_COUNT(families); i++) {
        BJ_CHECK(socket(families[i], SOCK_RAW, 0) < 0 && errno == EAFNOSUPPORT);
    }
    for (size_t i = 0; i < BJ_COUNT(common); i++) {
        int fd = socket(common[i], SOCK_STREAM, 0);
        BJ_CHECK(fd >= 0 || common[i] == AF_INET6); /* a kernel without it */
        if (fd >= 0) close(fd);
    }
    BJ_CHECK(pthread_create(&made, NULL, thread, NULL) == 0 && pthread_join(made, NULL) == 0);
    BJ_CHECK(unshare(CLONE_NEWUSER) != 0 && errno == EPERM);
    BJ_CHECK(mount("none", test_dir, "tmpfs", 0, NULL) != 0 && errno == EPERM);
    BJ_CHECK(syscall(SYS_io_uring_setup, 1, NULL) < 0 && errno == EPERM);
    BJ_CHECK(syscall(SYS_bpf, 0, NULL, 0) < 0 && errno == EPERM);
    BJ_CHECK(syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL, NULL, NULL) < 0);
    if (BJ_SANDBOX_SANITIZED) return;
    BJ_CHECK(fork() < 0 && errno == EPERM);
    BJ_CHECK(execl("/bin/true", "true", (char *)NULL) != 0 && errno == EPERM);
    BJ_CHECK(ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0 && errno == EPERM);
}

static void check_code(void) {
    void *both = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS,
                      -1, 0);
    BJ_CHECK(both == MAP_FAILED && errno == EPERM);
    void *data = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    BJ_CHECK(data != MAP_FAILED && mprotect(data, 4096, PROT_READ | PROT_EXEC) != 0);
    BJ_CHECK(mprotect(data, 4096, PROT_READ) == 0);
    /* Memory under another name. */
    BJ_CHECK(memfd_create("code", 0) < 0 && errno == EPERM);
    int id = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
    BJ_CHECK(id >= 0 && (intptr_t)shmat(id, NULL, SHM_EXEC) == -1 && errno == EPERM);
    BJ_CHECK(shmctl(id, IPC_RMID, NULL) == 0);
}

static const bj_sandbox_rule_t rules[] = {
    {"some.key_file", BJ_MAY_READ}, {"postgres.me", BJ_MAY_READ}, {"data_dir", BJ_MAY_WRITE},
    {"some.replaced", BJ_MAY_READ | BJ_MAY_FOLDER}, {"some.absent", BJ_MAY_READ},
    {"/nowhere/at/all", BJ_MAY_READ}};

static void child(const bj_config_t *config, bool has_landlock) {
    BJ_CHECK(bj_sandbox_enter(config, "me", rules, BJ_COUNT(rules)));
    BJ_CHECK(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
    BJ_CHECK(prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == 2);
    if (has_landlock) {
        check_files();
        check_status();
    }
    check_calls();
    check_code();
}

static bj_config_t *place_make(void) {
    static const char *const dirs[] = {"etc", "data", "folder", "run", "run/me"};
    char text[1024];
    snprintf(test_dir, sizeof test_dir, "/tmp/bj_sandbox_XXXXXX");
    BJ_CHECK(mkdtemp(test_dir) != NULL);
    for (size_t i = 0; i < BJ_COUNT(dirs); i++) BJ_CHECK(mkdir(test_path(dirs[i]), 0700) == 0);
    BJ_CHECK(test_put("etc/key", "k\n") && test_put("etc/pass", "p\n"));
    BJ_CHECK(test_put("etc/ca", "c\n"));
    BJ_CHECK(test_put("etc/other", "o\n") && test_put("folder/new", "n\n"));
    BJ_CHECK(symlink("me/status.json", test_path("run/me.status.json")) == 0);
    snprintf(text, sizeof text,
             "{\"run_dir\": \"%s/run\", \"data_dir\": \"%s/data\", \"some\": {\"key_file\":"
             " \"%s/etc/key\", \"replaced\": \"%s/folder/old\"}, \"postgres\": {\"me\":"
             " \"host=x passfile=%s/etc/pass user=y sslrootcert=%s/etc/ca xsslkey=%s/etc/other\"}}",
             test_dir, test_dir, test_dir, test_dir, test_dir, test_dir, test_dir);
    BJ_CHECK(test_put("config.json", text));
    return bj_config_load(test_path("config.json"));
}

int main(void) {
    bj_config_t *config = place_make();
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (abi < 0) fprintf(stderr, "this kernel has no Landlock: files are not tested\n");
    int status = -1;
    pid_t pid = fork();
    if (pid == 0) {
        child(config, abi > 0);
        int rc = bj_test_end("test_bj_sandbox, inside");
        fflush(stdout);
        _exit(rc);
    }
    BJ_CHECK(pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status));
    BJ_CHECK(WEXITSTATUS(status) == 0);
    BJ_CHECK(opens(test_path("etc/other"), O_RDONLY) == 0); /* the child's, not ours */
    bj_config_free(config);
    char command[160];
    snprintf(command, sizeof command, "rm -rf %s", test_dir);
    BJ_CHECK(system(command) == 0);
    return bj_test_end("test_bj_sandbox");
}
