#include "dataplane/base/bj_ctl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum { LISTENER = BJ_CTL_CONNECTIONS, EVENTS = BJ_CTL_CONNECTIONS + 1 };

typedef struct talk {
    int    fd; /* 0: free */
    size_t used;
    char   line[BJ_CTL_LINE_BYTES];
} talk_t;

struct bj_ctl {
    bj_ctl_line_fn *line;
    void  *ctx;
    int    listener, epoll;
    bool   bound; /* the file is ours */
    struct sockaddr_un at;
    talk_t talk[BJ_CTL_CONNECTIONS];
};

static bool address(const char *file, struct sockaddr_un *at) {
    *at = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (strlen(file) >= sizeof at->sun_path) {
        errno = ENAMETOOLONG;
        return false;
    }
    memcpy(at->sun_path, file, strlen(file) + 1);
    return true;
}

static void hang_up(talk_t *talk) {
    close(talk->fd);
    talk->fd = 0;
}

static bool answer(bj_ctl_t *ctl, talk_t *talk, const char *line) {
    char text[BJ_CTL_ANSWER_BYTES + 1] = "";
    if (line) ctl->line(ctl->ctx, line, text);
    else snprintf(text, sizeof text, "error: a line is shorter than %d bytes", BJ_CTL_LINE_BYTES);
    size_t n = strlen(text);
    text[n++] = '\n';
    return send(talk->fd, text, n, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)n && line;
}

/* Takes whole lines from the front of what has come.  False: the talk is over. */
static bool take_lines(bj_ctl_t *ctl, talk_t *talk) {
    char *end;
    while ((end = memchr(talk->line, '\n', talk->used))) {
        *end = '\0';
        if (memchr(talk->line, '\0', (size_t)(end - talk->line))) *talk->line = '\0';
        if (!answer(ctl, talk, talk->line)) return false;
        talk->used -= (size_t)(end + 1 - talk->line);
        memmove(talk->line, end + 1, talk->used);
    }
    return talk->used < sizeof talk->line || answer(ctl, talk, NULL);
}

static void hear(bj_ctl_t *ctl, talk_t *talk) {
    ssize_t n = recv(talk->fd, talk->line + talk->used, sizeof talk->line - talk->used,
                     MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) return;
    if (n > 0) talk->used += (size_t)n;
    if (n <= 0 || !take_lines(ctl, talk)) hang_up(talk);
}

static void take_one(bj_ctl_t *ctl) {
    int fd = accept4(ctl->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    for (uint32_t i = 0; i < BJ_CTL_CONNECTIONS; i++) {
        if (ctl->talk[i].fd) continue;
        struct epoll_event event = {.events = EPOLLIN, .data.u32 = i};
        if (epoll_ctl(ctl->epoll, EPOLL_CTL_ADD, fd, &event) != 0) break;
        ctl->talk[i] = (talk_t){.fd = fd};
        return;
    }
    close(fd);
}

void bj_ctl_step(bj_ctl_t *ctl) {
    struct epoll_event events[EVENTS];
    int cnt = epoll_wait(ctl->epoll, events, EVENTS, 0);
    for (int i = 0; i < cnt; i++) {
        uint32_t who = events[i].data.u32;
        if (who == LISTENER) take_one(ctl);
        else if (ctl->talk[who].fd) hear(ctl, &ctl->talk[who]);
    }
}

/* --- open and close */
/* Another process answers there. */
static bool is_taken(const struct sockaddr_un *at) {
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool taken = fd >= 0 && connect(fd, (const struct sockaddr *)at, sizeof *at) == 0;
    if (fd >= 0) close(fd);
    return taken;
}

static bool start(bj_ctl_t *ctl) {
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = LISTENER};
    ctl->epoll = epoll_create1(EPOLL_CLOEXEC);
    ctl->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (ctl->epoll < 0 || ctl->listener < 0) return false;
    if (is_taken(&ctl->at)) {
        errno = EADDRINUSE;
        return false;
    }
    (void)unlink(ctl->at.sun_path); /* of one that was killed */
    mode_t was = umask(0177);
    int rc = bind(ctl->listener, (const struct sockaddr *)&ctl->at, sizeof ctl->at);
    (void)umask(was);
    ctl->bound = rc == 0;
    return rc == 0 && listen(ctl->listener, BJ_CTL_CONNECTIONS) == 0 &&
           epoll_ctl(ctl->epoll, EPOLL_CTL_ADD, ctl->listener, &event) == 0;
}

bj_ctl_t *bj_ctl_open(const char *file, bj_ctl_line_fn *line, void *ctx) {
    struct sockaddr_un at;
    bj_ctl_t *ctl = address(file, &at) ? calloc(1, sizeof *ctl) : NULL;
    if (!ctl) return NULL;
    ctl->line = line;
    ctl->ctx = ctx;
    ctl->at = at;
    if (start(ctl)) return ctl;
    int why = errno;
    bj_ctl_close(ctl);
    errno = why;
    return NULL;
}

void bj_ctl_close(bj_ctl_t *ctl) {
    if (!ctl) return;
    for (uint32_t i = 0; i < BJ_CTL_CONNECTIONS; i++) {
        if (ctl->talk[i].fd) hang_up(&ctl->talk[i]);
    }
    if (ctl->listener >= 0) close(ctl->listener);
    if (ctl->epoll >= 0) close(ctl->epoll);
    if (ctl->bound) (void)unlink(ctl->at.sun_path);
    free(ctl);
}

int bj_ctl_fd(const bj_ctl_t *ctl) { return ctl->epoll; }

/* --- the other side */
static bool talk_once(int fd, const char *line, char *answer) {
    const struct timeval patience = {.tv_sec = 5};
    char text[BJ_CTL_LINE_BYTES + 1];
    size_t used = 0;
    int n = snprintf(text, sizeof text, "%s\n", line);
    if (n < 0 || (size_t)n >= sizeof text) {
        errno = EMSGSIZE;
        return false;
    }
    if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) != 0) return false;
    if (send(fd, text, (size_t)n, MSG_NOSIGNAL) != n) return false;
    while (used < BJ_CTL_ANSWER_BYTES - 1) {
        ssize_t got = recv(fd, answer + used, BJ_CTL_ANSWER_BYTES - 1 - used, 0);
        if (got == 0) errno = ECONNRESET;
        if (got <= 0) return false;
        used += (size_t)got;
        answer[used] = '\0';
        char *end = strchr(answer, '\n');
        if (!end) continue;
        *end = '\0';
        return true;
    }
    return true;
}

bool bj_ctl_tell(const char *file, const char *line, char answer[BJ_CTL_ANSWER_BYTES]) {
    struct sockaddr_un at;
    if (!address(file, &at)) return false;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return false;
    bool told = connect(fd, (const struct sockaddr *)&at, sizeof at) == 0 &&
                talk_once(fd, line, answer);
    int why = errno;
    close(fd);
    errno = why;
    return told;
}
