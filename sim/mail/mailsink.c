/* bijli-mailsink - stands for the mail provider and for the gateway of text messages: takes mail by
 * SMTP and messages by HTTP, shows them on a page.  Loopback only. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include "dataplane/base/bj_config.h"
#include "dataplane/base/bj_health.h"
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_sandbox.h"
#include "dataplane/base/bj_time.h"
#include "sim/mail/bj_mail_http.h"

enum { CONN_MAX = 64, CONN_OUT_MAX = 512 * 1024 };
static const int64_t idle_max_ns = 60 * BJ_NS_PER_S;

typedef struct conn {
    int       fd; /* -1: free */
    bool      http, closing;
    int64_t   seen_ns;
    bj_smtp_t *smtp;
    char      in[BJ_MAIL_HTTP_REQUEST_MAX + 1];
    size_t    in_bytes;
    char     *out;
    size_t    out_bytes;
} conn_t;

static conn_t conns[CONN_MAX];
static bj_mailbox_t *box;
static volatile sig_atomic_t stop;

static void on_signal(int number) {
    (void)number;
    stop = 1;
}

static void conn_close(conn_t *conn) {
    close(conn->fd);
    free(conn->smtp);
    free(conn->out);
    *conn = (conn_t){.fd = -1};
}

/* Answers are small; a peer that does not read them for a minute is cut. */
static void conn_flush(conn_t *conn) {
    while (conn->out_bytes) {
        ssize_t n = send(conn->fd, conn->out, conn->out_bytes, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno == EAGAIN) return;
        if (n <= 0) { conn->closing = true; conn->out_bytes = 0; return; }
        conn->out_bytes -= (size_t)n;
        memmove(conn->out, conn->out + n, conn->out_bytes);
    }
}

static void conn_say(conn_t *conn, const char *data, size_t data_bytes) {
    char *out = conn->out_bytes + data_bytes <= CONN_OUT_MAX
                    ? realloc(conn->out, conn->out_bytes + data_bytes)
                    : NULL;
    if (!out) { conn->closing = true; return; }
    memcpy(out + conn->out_bytes, data, data_bytes);
    conn->out = out;
    conn->out_bytes += data_bytes;
}

static void smtp_say(void *ctx, const char *line) { conn_say(ctx, line, strlen(line)); }

static bool smtp_mail(void *ctx, const bj_smtp_mail_t *mail) {
    (void)ctx;
    return bj_mailbox_keep(box, mail);
}

static void on_http(conn_t *conn, const char *data, size_t data_bytes) {
    if (conn->in_bytes + data_bytes > BJ_MAIL_HTTP_REQUEST_MAX) { conn->closing = true; return; }
    memcpy(conn->in + conn->in_bytes, data, data_bytes);
    conn->in_bytes += data_bytes;
    conn->in[conn->in_bytes] = '\0';
    if (!bj_mail_http_whole(conn->in, conn->in_bytes)) return;
    size_t answer_bytes;
    char *answer = bj_mail_http_answer(box, conn->in, &answer_bytes);
    if (answer) conn_say(conn, answer, answer_bytes);
    free(answer);
    conn->closing = true;
}

/* Until there is no more: the descriptor is edge-triggered. */
static void on_readable(conn_t *conn, int64_t now_ns) {
    char data[4096];
    while (!conn->closing) {
        ssize_t n = recv(conn->fd, data, sizeof data, MSG_DONTWAIT);
        if (n < 0 && errno == EAGAIN) return;
        if (n <= 0) { conn->out_bytes = 0; conn->closing = true; return; }
        conn->seen_ns = now_ns;
        if (conn->http) on_http(conn, data, (size_t)n);
        else if (!bj_smtp_feed(conn->smtp, data, (size_t)n)) conn->closing = true;
    }
}

static void on_accept(int epoll, int listener, bool http, int64_t now_ns) {
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    for (size_t i = 0; i < CONN_MAX; i++) {
        conn_t *conn = &conns[i];
        if (conn->fd >= 0) continue;
        *conn = (conn_t){.fd = fd, .http = http, .seen_ns = now_ns};
        struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = conn};
        if (!http && !(conn->smtp = malloc(sizeof *conn->smtp))) break;
        if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0) break;
        if (!http) bj_smtp_open(conn->smtp, smtp_say, smtp_mail, conn);
        conn_flush(conn);
        return;
    }
    close(fd); /* all places taken */
}

static int listen_on(int port) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) != 0 || listen(fd, 16) != 0) {
        fprintf(stderr, "mail sink: port %d on 127.0.0.1 is taken\n", port);
        exit(2);
    }
    return fd;
}

static void sweep(int64_t now_ns) {
    for (size_t i = 0; i < CONN_MAX; i++) {
        conn_t *conn = &conns[i];
        if (conn->fd < 0) continue;
        conn_flush(conn);
        if ((conn->closing && !conn->out_bytes) || now_ns - conn->seen_ns > idle_max_ns) {
            conn_close(conn);
        }
    }
}

static void say_alive(const char *run_dir) {
    bj_health_t health = {.state = BJ_HEALTH_UP, .text = "takes mail"};
    bj_health_figure(&health, "mails", (int64_t)bj_mailbox_cnt(box));
    if (!bj_health_write(run_dir, "mailsink", &health)) BJ_WARN("health file cannot be written");
}

static void serve(const char *run_dir, int smtp_fd, int http_fd) {
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    static int listeners[2];
    listeners[0] = smtp_fd, listeners[1] = http_fd;
    for (int i = 0; i < 2; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = &listeners[i]};
        epoll_ctl(epoll, EPOLL_CTL_ADD, listeners[i], &event);
    }
    for (int64_t alive_ns = 0; !stop;) {
        struct epoll_event events[16];
        int cnt = epoll_wait(epoll, events, BJ_COUNT(events), 1000);
        int64_t now_ns = bj_clock_mono_ns();
        for (int i = 0; i < cnt; i++) {
            void *ptr = events[i].data.ptr;
            if (ptr == &listeners[0]) on_accept(epoll, smtp_fd, false, now_ns);
            else if (ptr == &listeners[1]) on_accept(epoll, http_fd, true, now_ns);
            else if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) on_readable(ptr, now_ns);
        }
        sweep(now_ns);
        if (now_ns - alive_ns >= BJ_NS_PER_S) {
            say_alive(run_dir);
            alive_ns = now_ns;
        }
    }
    close(epoll);
}

static const bj_sandbox_rule_t touches[] = {{"mail.dir", BJ_MAY_WRITE}};

int main(int argc, char **argv) {
    if (argc != 3 || strcmp(argv[1], "--config") != 0) {
        fprintf(stderr, "usage: bijli-mailsink --config FILE\n");
        return 2;
    }
    bj_log_init("mailsink", BJ_LOG_INFO);
    bj_config_t *config = bj_config_load(argv[2]);
    for (size_t i = 0; i < CONN_MAX; i++) conns[i].fd = -1;
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);

    const char *dir = bj_config_str(config, "mail.dir");
    if (!bj_sandbox_enter(config, "mailsink", touches, BJ_COUNT(touches))) return 1;
    if (!(box = bj_mailbox_open(dir))) {
        fprintf(stderr, "mail sink: folder mail.dir (%s) cannot be written\n", dir);
        return 2;
    }
    int smtp_fd = listen_on((int)bj_config_int(config, "mail.smtp_port", 1, 65535));
    int http_fd = listen_on((int)bj_config_int(config, "mail.http_port", 1, 65535));
    BJ_INFO("takes mail; listening on loopback");
    serve(bj_config_str(config, "run_dir"), smtp_fd, http_fd);
    for (size_t i = 0; i < CONN_MAX; i++) {
        if (conns[i].fd >= 0) conn_close(&conns[i]);
    }
    bj_mailbox_close(box);
    bj_config_free(config);
    return 0;
}
