#include "controlplane/orders/bj_order_link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_time.h"
#include "dataplane/wire/bj_oe_client.h"
#include "dataplane/wire/bj_oe_sock.h"

enum {
    STEP_MS = 100,
    CONNECT_MS = 2000,
    PAUSE_FIRST_MS = 100,
    PAUSE_MAX_MS = 2000,
    UNDER_WAY_MAX = 1024,
    HEARTBEAT_MS = 1000,
};

/* Somebody waiting; lies on the asker's stack, linked while it waits. */
typedef struct waiter {
    struct waiter     *next;
    uint64_t           seq;
    bool               done, lost;
    bool               of_command; /* its orders' reports come first and are not the answer */
    uint16_t           kind;       /* of an administrative command */
    bj_order_answer_t *answer;
    pthread_cond_t     wake;
} waiter_t;

struct bj_order_link {
    bj_order_link_config_t config;
    struct sockaddr_in address;
    pthread_t       thread;
    pthread_mutex_t lock; /* of the client and the waiters */
    bj_oe_client_t *client;
    waiter_t       *waiters;
    int             wake_fd;
    bool            said; /* why there is no connection */
    _Atomic bool    stop, up;
};

/* A command is answered by its own word, not by what it does to orders on the way; a kill that
 * blocks says the limit first. */
static bool is_on_the_way(const waiter_t *waiter, const bj_order_answer_t *answer) {
    if (answer->refused != BJ_OK || answer->report.header.type == 'q') return false;
    return answer->report.order_id != 0 ||
           (answer->report.header.type == 'g' && waiter->kind != BJ_OE_ADMIN_LIMIT);
}

static void finish(bj_order_link_t *link, uint64_t seq, const bj_order_answer_t *answer) {
    for (waiter_t **at = &link->waiters; *at; at = &(*at)->next) {
        waiter_t *waiter = *at;
        if (waiter->seq != seq) continue;
        if (waiter->of_command && is_on_the_way(waiter, answer)) return;
        *at = waiter->next;
        *waiter->answer = *answer;
        waiter->done = true;
        pthread_cond_signal(&waiter->wake);
        return;
    }
}

static void on_report(void *ctx, const bj_oe_report_t *report) {
    bj_order_link_t *link = ctx;
    /* First whoever keeps the orders: the asker then finds its order as the engine left it. */
    link->config.on_report(link->config.ctx, report);
    if (report->request_seq) {
        finish(link, report->request_seq, &(bj_order_answer_t){.report = *report});
    }
}

static void on_reject(void *ctx, const bj_oe_session_reject_t *reject) {
    bj_order_answer_t answer = {.refused = (bj_status_t)reject->reason};
    if (answer.refused == BJ_OK) answer.refused = BJ_ERR_BAD_FIELD;
    memcpy(answer.text, reject->text, sizeof reject->text);
    finish(ctx, reject->ref_seq, &answer);
}

static void on_ready(void *ctx, const bj_oe_login_reply_t *reply) {
    (void)reply;
    bj_order_link_t *link = ctx;
    link->up = true;
    link->said = false;
    BJ_INFO("logged in at the gateway");
    link->config.on_up(link->config.ctx);
}

static void lose_all(bj_order_link_t *link) {
    for (waiter_t *waiter = link->waiters; waiter; waiter = waiter->next) {
        waiter->done = waiter->lost = true;
        pthread_cond_signal(&waiter->wake);
    }
    link->waiters = NULL;
}

static int open_socket(const bj_order_link_t *link) {
    int one = 1, error = 0;
    socklen_t error_bytes = sizeof error;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return -1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    int rc = connect(fd, (const struct sockaddr *)&link->address, sizeof link->address);
    if (rc < 0 && errno == EINPROGRESS) {
        struct pollfd p = {.fd = fd, .events = POLLOUT};
        rc = poll(&p, 1, CONNECT_MS) == 1 &&
                     getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &error_bytes) == 0 && !error
                 ? 0
                 : -1;
    }
    if (rc == 0) return fd;
    close(fd);
    return -1;
}

/* Of a call that gave nothing.  True: not now, and nothing is wrong. */
static bool not_now(bj_order_link_t *link, ssize_t n) {
    if (n == -1 && (errno == EAGAIN || errno == EINTR)) return true;
    if (n == -1 && errno == EPROTO && !link->said) {
        BJ_WARN("the gateway: %s", bj_oe_sock_why());
        link->said = true;
    }
    return false;
}

/* Everything that came: under TLS some of it may lie where poll does not see it. */
static bool hear(bj_order_link_t *link, bj_oe_sock_t *sock, int64_t now_ns) {
    uint8_t data[16384];
    for (;;) {
        ssize_t n = bj_oe_sock_recv(sock, data, sizeof data);
        if (n <= 0) return not_now(link, n);
        if (!bj_oe_client_input(link->client, data, (size_t)n, now_ns)) return false;
    }
}

/* Reads what came and sends what waits.  False: the connection is over. */
static bool exchange(bj_order_link_t *link, bj_oe_sock_t *sock, short events) {
    pthread_mutex_lock(&link->lock);
    int64_t now_ns = bj_clock_mono_ns();
    bool ok = !(events & (POLLIN | POLLERR | POLLHUP)) || hear(link, sock, now_ns);
    ok = ok && bj_oe_client_step(link->client, now_ns);
    const uint8_t *out;
    size_t out_bytes;
    while (ok && (out_bytes = bj_oe_client_output(link->client, &out)) > 0) {
        ssize_t n = bj_oe_sock_send(sock, out, out_bytes);
        if (n > 0) bj_oe_client_sent(link->client, (size_t)n);
        else if (n == -1 && errno == EAGAIN) break;
        else ok = not_now(link, n);
    }
    pthread_mutex_unlock(&link->lock);
    return ok;
}

static bool output_waits(bj_order_link_t *link) {
    const uint8_t *out;
    pthread_mutex_lock(&link->lock);
    bool waits = bj_oe_client_output(link->client, &out) > 0;
    pthread_mutex_unlock(&link->lock);
    return waits;
}

static void drain(int fd) {
    uint64_t n;
    ssize_t rc = read(fd, &n, sizeof n);
    (void)rc; /* nothing there is as good */
}

/* One connection, from challenge to loss. */
static void serve(bj_order_link_t *link, bj_oe_sock_t *sock) {
    pthread_mutex_lock(&link->lock);
    bj_oe_client_connected(link->client, bj_clock_mono_ns());
    pthread_mutex_unlock(&link->lock);
    short events = link->config.way.tls.ca ? POLLIN : 0; /* under TLS the client speaks first */
    while (!link->stop && exchange(link, sock, events)) {
        struct pollfd p[2] = {
            {.fd = sock->fd, .events = (short)(POLLIN | (output_waits(link) ? POLLOUT : 0))},
            {.fd = link->wake_fd, .events = POLLIN}};
        events = 0;
        if (poll(p, 2, STEP_MS) <= 0) continue;
        if (p[1].revents) drain(link->wake_fd);
        events = p[0].revents;
    }
    pthread_mutex_lock(&link->lock);
    bj_status_t why = bj_oe_client_why(link->client);
    if (!link->stop && (link->up || why != BJ_OK)) {
        BJ_WARN("the gateway's session is lost: %s",
                why == BJ_OK ? "it closed the connection" : bj_status_text(why));
    }
    link->up = false;
    bj_oe_client_disconnected(link->client);
    lose_all(link);
    pthread_mutex_unlock(&link->lock);
}

/* False: there is none, and it is closed. */
static bool open_way(bj_order_link_t *link, bj_oe_sock_t *sock) {
    const bj_oe_tls_files_t *files = &link->config.way.tls;
    const char *error = NULL;
    SSL_CTX *tls = files->ca ? bj_oe_tls_context(files, BJ_OE_TLS_CLIENT, &error) : NULL;
    if (error && !link->said) BJ_WARN("gateway.sessions: %s: %s", link->config.session, error);
    link->said = link->said || error;
    int fd = error ? -1 : open_socket(link);
    bool ok = fd >= 0 && bj_oe_sock_open(sock, fd, tls);
    SSL_CTX_free(tls);
    return ok;
}

static void *run(void *arg) {
    bj_order_link_t *link = arg;
    int pause_ms = PAUSE_FIRST_MS;
    while (!link->stop) {
        int64_t began_ns = bj_clock_mono_ns();
        bj_oe_sock_t sock;
        if (open_way(link, &sock)) {
            serve(link, &sock);
            bj_oe_sock_close(&sock);
            /* A session that held was a good one: try again at once. */
            if (bj_clock_mono_ns() - began_ns > 5 * BJ_NS_PER_S) pause_ms = PAUSE_FIRST_MS;
        }
        if (link->stop) break;
        struct pollfd p = {.fd = link->wake_fd, .events = POLLIN};
        if (poll(&p, 1, pause_ms) > 0) drain(link->wake_fd);
        pause_ms = pause_ms * 2 < PAUSE_MAX_MS ? pause_ms * 2 : PAUSE_MAX_MS;
    }
    return NULL;
}

static bj_oe_client_t *client_new(bj_order_link_t *link) {
    bj_oe_client_config_t config = {
        .key_bytes = strlen(link->config.key),
        .heartbeat_ms = HEARTBEAT_MS,
        .keep_max = UNDER_WAY_MAX,
        .resume = false,
        .on_ready = on_ready,
        .on_report = on_report,
        .on_reject = on_reject,
        .ctx = link,
    };
    size_t session_bytes = strlen(link->config.session);
    if (config.key_bytes > sizeof config.key || session_bytes >= sizeof config.session) return NULL;
    memcpy(config.key, link->config.key, config.key_bytes);
    memcpy(config.session, link->config.session, session_bytes);
    bj_oe_client_t *client = bj_oe_client_new(&config);
    explicit_bzero(&config, sizeof config);
    return client;
}

bj_order_link_t *bj_order_link_new(const bj_order_link_config_t *config) {
    bj_order_link_t *link = calloc(1, sizeof *link);
    if (!link) return NULL;
    link->config = *config;
    link->address = (struct sockaddr_in){.sin_family = AF_INET,
                                         .sin_port = htons(config->way.port)};
    link->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    pthread_mutex_init(&link->lock, NULL);
    link->client = client_new(link);
    if (inet_pton(AF_INET, config->way.host, &link->address.sin_addr) == 1 && link->client &&
        link->wake_fd >= 0 && pthread_create(&link->thread, NULL, run, link) == 0) {
        return link;
    }
    if (link->client) bj_oe_client_free(link->client);
    if (link->wake_fd >= 0) close(link->wake_fd);
    free(link);
    return NULL;
}

static void wake(const bj_order_link_t *link) {
    uint64_t one = 1;
    ssize_t rc = write(link->wake_fd, &one, sizeof one);
    (void)rc; /* full: it is awake already */
}

void bj_order_link_free(bj_order_link_t *link) {
    if (!link) return;
    link->stop = true;
    wake(link);
    pthread_join(link->thread, NULL);
    bj_oe_client_free(link->client);
    close(link->wake_fd);
    pthread_mutex_destroy(&link->lock);
    free(link);
}

bool bj_order_link_up(bj_order_link_t *link) { return link->up; }

static void forget(bj_order_link_t *link, const waiter_t *waiter) {
    for (waiter_t **at = &link->waiters; *at; at = &(*at)->next) {
        if (*at != waiter) continue;
        *at = waiter->next;
        return;
    }
}

static void wait_for(bj_order_link_t *link, waiter_t *waiter, int64_t wait_ms) {
    int64_t until_ns = bj_clock_mono_ns() + wait_ms * BJ_NS_PER_MS;
    struct timespec until = {.tv_sec = until_ns / BJ_NS_PER_S, .tv_nsec = until_ns % BJ_NS_PER_S};
    while (!waiter->done) {
        if (pthread_cond_clockwait(&waiter->wake, &link->lock, CLOCK_MONOTONIC, &until)) break;
    }
    if (!waiter->done) forget(link, waiter);
}

bj_status_t bj_order_link_ask(bj_order_link_t *link, uint8_t type, void *msg, int64_t wait_ms,
                              bj_order_answer_t *answer) {
    waiter_t waiter = {.answer = answer,
                       .of_command = type == BJ_OE_ADMIN || type == BJ_OE_MASS_CANCEL};
    if (type == BJ_OE_ADMIN) waiter.kind = ((const bj_oe_admin_t *)msg)->kind;
    pthread_cond_init(&waiter.wake, NULL);
    pthread_mutex_lock(&link->lock);
    bj_status_t status = link->up ? bj_oe_client_request(link->client, type, msg, &waiter.seq)
                                  : BJ_ERR_UNAVAILABLE;
    if (status == BJ_OK) {
        waiter.next = link->waiters;
        link->waiters = &waiter;
        wake(link);
        wait_for(link, &waiter, wait_ms);
        if (!waiter.done || waiter.lost) status = BJ_ERR_TIMEOUT;
    }
    pthread_mutex_unlock(&link->lock);
    pthread_cond_destroy(&waiter.wake);
    return status;
}
