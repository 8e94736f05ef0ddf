/* child_test.h - a test's own server: a folder, a process, and their end. */
#ifndef CHILD_TEST_H
#define CHILD_TEST_H
#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dataplane/base/bj_time.h"

static inline void child_sleep_ms(int ms) { usleep((useconds_t)ms * 1000); }

/* A folder of this test's own; the caller removes it with child_rmdir. */
static inline const char *child_mkdir(char *dir, size_t dir_bytes) {
    snprintf(dir, dir_bytes, "/tmp/bijli-test.XXXXXX");
    return mkdtemp(dir);
}

static inline pid_t child_start(char *const argv[]) {
    pid_t pid = fork();
    if (pid != 0) return pid;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    int null = open("/dev/null", O_RDWR);
    dup2(null, 0);
    if (!getenv("BJ_TEST_CHILD_LOG")) { /* set it to see what they say */
        dup2(null, 1);
        dup2(null, 2);
    }
    execvp(argv[0], argv);
    _exit(127);
}

static inline void child_stop(pid_t pid, int sig) {
    if (pid <= 0) return;
    kill(pid, sig);
    waitpid(pid, NULL, 0);
}

static inline void child_rmdir(const char *dir) {
    child_stop(child_start((char *[]){"rm", "-rf", (char *)(uintptr_t)dir, NULL}), 0);
}

/* A loopback port that nobody has just now. */
static inline int child_free_port(void) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(fd, (struct sockaddr *)&at, n) != 0) return -1;
    getsockname(fd, (struct sockaddr *)&at, &n);
    close(fd);
    return ntohs(at.sin_port);
}

/* A sanitizer on a busy machine is slow; what holds in time does not wait for the rest. */
enum { CHILD_PATIENCE = 4 };

/* Tries cond every 10 ms, for wait_ms (and patience) at most; then it must hold. */
#define CHILD_CHECK_SOON(wait_ms, cond)                                        \
    do {                                                                       \
        int64_t until_ns_ =                                                    \
            bj_clock_mono_ns() + (wait_ms) * BJ_NS_PER_MS * CHILD_PATIENCE;    \
        bool    soon_ok_;                                                      \
        while (!(soon_ok_ = (cond)) && bj_clock_mono_ns() < until_ns_) {       \
            child_sleep_ms(10);                                                \
        }                                                                      \
        BJ_CHECK(soon_ok_ && "in time: " #cond);                               \
    } while (0)

#endif
