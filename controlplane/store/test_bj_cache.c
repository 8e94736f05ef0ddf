/* A Redis that ends the connection between what it did and its answer: who asked first is told. */
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "controlplane/store/bj_cache.h"
#include "controlplane/store/child_test.h"
#include "dataplane/base/bj_test.h"

/* What is answered to which command, in turn; NULL: nothing, and the connection ends. */
typedef struct turn {
    const char *asks, *says;
} turn_t;
typedef struct script {
    int           listen_fd;
    const turn_t *turns; /* ended by one that asks nothing */
} script_t;

static void *play(void *ctx) {
    const script_t *script = ctx;
    int fd = accept(script->listen_fd, NULL, NULL);
    for (const turn_t *turn = script->turns; turn->asks; turn++) {
        char text[512] = "";
        BJ_CHECK(recv(fd, text, sizeof text - 1, 0) > 0 && strstr(text, turn->asks));
        if (turn->says) {
            BJ_CHECK(send(fd, turn->says, strlen(turn->says), MSG_NOSIGNAL) > 0);
            continue;
        }
        close(fd);
        if (turn[1].asks) fd = accept(script->listen_fd, NULL, NULL);
    }
    close(fd);
    return NULL;
}

static int listen_at(const char *path) {
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    snprintf(at.sun_path, sizeof at.sun_path, "%s", path);
    BJ_CHECK(bind(fd, (struct sockaddr *)&at, sizeof at) == 0 && listen(fd, 4) == 0);
    return fd;
}

static bj_status_t set_new_by(const char *dir, const turn_t *turns) {
    char path[96];
    pthread_t thread;
    snprintf(path, sizeof path, "%s/redis.sock", dir);
    script_t script = {.listen_fd = listen_at(path), .turns = turns};
    BJ_CHECK(pthread_create(&thread, NULL, play, &script) == 0);
    bj_cache_t *cache = bj_cache_new(path);
    BJ_CHECK(bj_cache_set(cache, "warm", "x", 1, 9) == BJ_OK);
    bj_status_t status = bj_cache_set_new(cache, "key", "mine", 4, 9);
    bj_cache_free(cache);
    pthread_join(thread, NULL);
    close(script.listen_fd);
    unlink(path);
    return status;
}

int main(void) {
    static const turn_t plain[] = {{"warm", "+OK\r\n"}, {"NX", "$-1\r\n"}, {NULL, NULL}};
    static const turn_t own[] = {{"warm", "+OK\r\n"}, {"NX", NULL}, {"NX", "$-1\r\n"},
                                 {"GET", "$4\r\nmine\r\n"}, {NULL, NULL}};
    static const turn_t others[] = {{"warm", "+OK\r\n"}, {"NX", NULL}, {"NX", "$-1\r\n"},
                                    {"GET", "$4\r\nyour\r\n"}, {NULL, NULL}};
    static const turn_t gone[] = {{"warm", "+OK\r\n"}, {"NX", NULL}, {"NX", "$-1\r\n"},
                                  {"GET", "$-1\r\n"}, {NULL, NULL}};
    char dir[64];
    if (!child_mkdir(dir, sizeof dir)) abort();
    BJ_CHECK(set_new_by(dir, plain) == BJ_ERR_EXISTS); /* whatever stands there */
    BJ_CHECK(set_new_by(dir, own) == BJ_OK);
    BJ_CHECK(set_new_by(dir, others) == BJ_ERR_EXISTS);
    BJ_CHECK(set_new_by(dir, gone) == BJ_ERR_EXISTS);
    child_rmdir(dir);
    return bj_test_end("test_bj_cache");
}
